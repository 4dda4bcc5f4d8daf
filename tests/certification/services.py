"""The services of a platform on a real port, which answer nothing that is not asked in full."""

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Thread
from typing import Any

import jwt
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/"
NRPS_SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
MEMBERS = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
LINE_ITEMS = "application/vnd.ims.lis.v2.lineitemcontainer+json"
LINE_ITEM = "application/vnd.ims.lis.v2.lineitem+json"
SCORE = "application/vnd.ims.lis.v1.score+json"


@dataclass(frozen=True)
class Service:
    """What one call of a service has to be."""

    method: str
    path: str
    scopes: frozenset[str]
    """Each of them permits the call."""
    header: str
    media_type: str


SERVICES: Mapping[str, Service] = {
    "members": Service(
        "GET",
        "/CourseSection/1/memberships",
        frozenset({NRPS_SCOPE}),
        "Accept",
        MEMBERS,
    ),
    "line items": Service(
        "GET",
        "/1/lineitems",
        frozenset({f"{SCOPE}lineitem", f"{SCOPE}lineitem.readonly"}),
        "Accept",
        LINE_ITEMS,
    ),
    "line item": Service(
        "POST",
        "/1/lineitems",
        frozenset({f"{SCOPE}lineitem"}),
        "Content-Type",
        LINE_ITEM,
    ),
    "score": Service(
        "POST",
        "/1/lineitems/4/lineitem/scores",
        frozenset({f"{SCOPE}score"}),
        "Content-Type",
        SCORE,
    ),
}


@dataclass(frozen=True)
class Received:
    """A request as the platform saw it."""

    service: str
    path: str
    headers: Mapping[str, str]
    body: Any
    granted: frozenset[str]
    """The scopes of the token that it carried."""


class ServiceServer:
    """A platform's token endpoint, list of members and gradebook."""

    def __init__(self, client_id: str, tool_keys: Callable[[], Any]) -> None:
        self._client_id, self._tool_keys = client_id, tool_keys
        self._granted: dict[str, frozenset[str]] = {}
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.port}"
        self.members: list[Sequence[Mapping[str, Any]]] = []
        """Page by page."""
        self.received: list[Received] = []
        self.unknown: list[str] = []
        """What was asked for and is no service here."""
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @Request.application
    def _answer(self, request: Request) -> Response:
        if request.path == "/token":
            return self._token(request)
        wanted = (request.method, request.path)
        for name, service in SERVICES.items():
            if wanted == (service.method, service.path):
                return self._serve(name, service, request)
        self.unknown.append(request.path)
        return Response(status=404)

    def _token(self, request: Request) -> Response:
        """Give a token to who signs with a key that the tool publishes."""
        assertion = request.form["client_assertion"]
        keys = jwt.PyJWKSet.from_dict(self._tool_keys())
        said = jwt.decode(
            assertion,
            keys[jwt.get_unverified_header(assertion)["kid"]],
            algorithms=["RS256"],
            audience=f"{self.url}/token",
            issuer=self._client_id,
            subject=self._client_id,
            options={"require": ["iss", "sub", "aud", "iat", "exp", "jti"]},
        )
        token = secrets.token_hex(8) + str(len(said))
        self._granted[token] = frozenset(request.form["scope"].split())
        granted = {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": 3600,
            "scope": request.form["scope"],
        }
        return _json(granted)

    def _serve(self, name: str, service: Service, request: Request) -> Response:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        granted = self._granted.get(token, frozenset()) if kind == "Bearer" else set()
        if not service.scopes & granted:
            return Response(status=401)
        if request.headers.get(service.header) != service.media_type:
            return Response(status=415)
        body = json.loads(request.get_data() or b"null")
        self.received.append(
            Received(name, request.full_path, request.headers, body, frozenset(granted))
        )
        return self._do(name, request, body)

    def _do(self, name: str, request: Request, body: Any) -> Response:
        if name == "members":
            return self._page(int(request.args.get("page", "0")))
        if name == "line items":
            return _json([], LINE_ITEMS)
        if name == "line item":
            made = {**body, "id": f"{self.url}/1/lineitems/4/lineitem?type_id=1"}
            return _json(made, LINE_ITEM, 201)
        return Response(status=200)

    def _page(self, number: int) -> Response:
        answer = _json({"id": self.url, "members": self.members[number]}, MEMBERS)
        if number + 1 < len(self.members):
            following = f"{self.url}{SERVICES['members'].path}?page={number + 1}"
            answer.headers["Link"] = f'<{following}>; rel="next"'
        return answer


def _json(said: Any, media_type: str = "application/json", status: int = 200) -> Any:
    return Response(json.dumps(said), status, content_type=media_type)
