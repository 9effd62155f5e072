import InterlockConcurrency
import InterlockHTTPServer

/// The dashboard: one document with its style and script inside, which asks nobody else for anything.
struct DashboardPage {
    /// What a reader without scripts is shown; `nil` for one who has not presented the token.
    var snapshot: AdminSnapshot?
    /// Whether the script has to ask for the token.
    var needsToken: Bool

    /// The page as an answer, with a policy that lets only this style and this script work.
    var response: HTTPRouteResponse {
        let nonce = Self.nonce()
        var response = AdminAnswer.make(200, "text/html; charset=utf-8", Array(html(nonce: nonce).utf8))
        response.headers += [
            ("content-security-policy", Self.policy(nonce: nonce)), ("x-frame-options", "DENY"),
            ("cross-origin-opener-policy", "same-origin"),
        ]
        return response
    }

    static func policy(nonce: String) -> String {
        "default-src 'none'; style-src 'nonce-\(nonce)'; script-src 'nonce-\(nonce)'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    }

    /// 128 bits that are never the same again, so that what somebody managed to write into the page does not run.
    private static func nonce() -> String {
        var random = SystemRandomNumberGenerator()
        return (0..<2).map { _ in
            let digits = String(random.next() as UInt64, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    func html(nonce: String) -> String {
        """
        <!doctype html>
        <html lang="en" data-needs-token="\(needsToken)">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>Interlock</title>
        <style nonce="\(nonce)">
        \(DashboardStyle.css)
        </style>
        </head>
        <body>
        \(DashboardMarkup.body)
        <noscript>\(snapshot.map { PlainReport(snapshot: $0).html } ?? "<p>This page needs scripts, or the report at <code>/admin/report</code>.</p>")</noscript>
        <script nonce="\(nonce)">
        \(DashboardScript.javaScript)
        </script>
        </body>
        </html>

        """
    }
}
