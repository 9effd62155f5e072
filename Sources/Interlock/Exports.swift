// `import Interlock` is all a server author writes: the runtime, the protocol's shapes, JSON, the concurrency
// primitives, and the transports of a server.
@_exported public import InterlockConcurrency
@_exported public import InterlockHTTPServer
@_exported public import InterlockJSON
@_exported public import InterlockProtocol
@_exported public import InterlockServer
@_exported public import InterlockStdio
@_exported public import InterlockTransport
