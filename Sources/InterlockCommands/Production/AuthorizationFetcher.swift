import InterlockAuthorization
import InterlockHTTPClient

/// Fetches key sets and asks introspection endpoints over this project's HTTP client.
struct AuthorizationFetcher: HTTPFetching {
    private let requester: HTTPRequester

    init(certificateAuthorities: String?) {
        requester = HTTPRequester(configuration: HTTPClientConfiguration(certificateAuthorities: certificateAuthorities))
    }

    func fetch(_ request: FetchRequest) async throws -> FetchResponse {
        let answer = try await requester.send(
            request.method.rawValue, request.url, headers: request.headers, body: request.body, timeout: request.timeout, maximumBytes: request.maximumBytes)
        return FetchResponse(status: answer.status, headers: answer.headers, body: answer.body)
    }
}
