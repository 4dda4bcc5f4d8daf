"""Where the LMS and the tool answer, and what they call each other."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """The two origins, and the registration of the tool at this LMS."""

    url: str
    tool_url: str
    client_id: str
    deployment_id: str

    @property
    def issuer(self) -> str:
        """The LMS's issuer."""
        return self.url

    @property
    def auth_url(self) -> str:
        """The OIDC authentication endpoint."""
        return f"{self.url}/auth"

    @property
    def token_url(self) -> str:
        """The endpoint for service access tokens, and their audience."""
        return f"{self.url}/token"

    @property
    def jwks_url(self) -> str:
        """The public keys of the LMS."""
        return f"{self.url}/jwks"

    @property
    def tool_login_url(self) -> str:
        """Where the tool starts a login."""
        return f"{self.tool_url}/lti/login"

    @property
    def tool_launch_url(self) -> str:
        """The tool's only redirect URI, and the target of every link."""
        return f"{self.tool_url}/lti/launch"

    @property
    def tool_jwks_url(self) -> str:
        """The public keys of the tool."""
        return f"{self.tool_url}/lti/jwks"

    def line_items_url(self, context_id: str, *, type_id: bool = True) -> str:
        """Return the address of a course's line items."""
        query = f"?type_id={self.deployment_id}" if type_id else ""
        return f"{self.url}/services/{context_id}/lineitems{query}"

    def line_item_url(
        self, context_id: str, line_item_id: int, *, type_id: bool = True
    ) -> str:
        """Return the address of one line item."""
        query = f"?type_id={self.deployment_id}" if type_id else ""
        path = f"/services/{context_id}/lineitems/{line_item_id}/lineitem"
        return f"{self.url}{path}{query}"

    def memberships_url(self, context_id: str) -> str:
        """Return the address of a course's members."""
        path = f"CourseSection/{context_id}/bindings/{self.deployment_id}/memberships"
        return f"{self.url}/services/{path}"
