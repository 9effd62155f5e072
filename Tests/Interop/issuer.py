"""A small authorization server for tests: metadata, keys that can be rotated, signed access tokens. Over real HTTP, on this machine only."""
import json
import time
import uuid

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from endpoint import Endpoint

# Where its metadata may be, by the order in which a resource server has to look (MCP 2025-11-25, Authorization Server Metadata Discovery).
PLACES = {
    "oauth": "/.well-known/oauth-authorization-server{path}",
    "openid": "/.well-known/openid-configuration{path}",
    "openid-behind": "{path}/.well-known/openid-configuration",
}


class Issuer(Endpoint):
    """Serves from `start()` to `stop()`; `asked` has every path it was asked for."""

    def __init__(self, path: str = "", place: str = "oauth", port: int = 0) -> None:
        super().__init__(port)
        self.path, self.place = path, place
        self.asked: list[str] = []
        self.keys: dict[str, tuple] = {}
        if port:
            self.url = f"http://127.0.0.1:{port}{path}"
            self.named = self.url

    def start(self) -> "Issuer":
        super().start()
        self.url = f"http://127.0.0.1:{self.port}{self.path}"
        self.named = getattr(self, "named", self.url)
        return self

    def answer(self, method: str, path: str, fields, body: bytes) -> tuple[int, str]:
        self.asked.append(path)
        document = self.document(path)
        return (200 if document else 404), json.dumps(document or {"error": "not_found"})

    def document(self, path: str):
        if path == PLACES[self.place].format(path=self.path):
            return {
                "issuer": self.named, "jwks_uri": f"{self.url}/keys", "token_endpoint": f"{self.url}/token",
                "response_types_supported": ["code"], "code_challenge_methods_supported": ["S256"],
            }
        if path == f"{self.path}/keys":
            return {"keys": [self.public(name, algorithm, key) for name, (algorithm, key) in self.keys.items()]}
        return None

    @staticmethod
    def public(name: str, algorithm: str, key) -> dict:
        kind = jwt.algorithms.RSAAlgorithm if algorithm.startswith("RS") else jwt.algorithms.ECAlgorithm
        return kind.to_jwk(key.public_key(), as_dict=True) | {"kid": name, "alg": algorithm, "use": "sig"}

    def rotate(self, name: str, algorithm: str) -> None:
        """From now on there is this key, and no other."""
        self.keys = {name: (algorithm, make_key(algorithm))}

    def token(self, audience: str, key=None, **claims) -> str:
        """A new access token (RFC 9068), signed with the newest key unless another is given."""
        name, (algorithm, own) = next(reversed(self.keys.items()))
        now = int(time.time())
        payload = {"iss": self.url, "aud": audience, "sub": "ann", "client_id": "tests", "iat": now, "exp": now + 300, "jti": uuid.uuid4().hex} | claims
        return jwt.encode(payload, key or own, algorithm, headers={"typ": "at+jwt", "kid": name})


def make_key(algorithm: str):
    return rsa.generate_private_key(public_exponent=65537, key_size=2048) if algorithm.startswith("RS") else ec.generate_private_key(ec.SECP256R1())
