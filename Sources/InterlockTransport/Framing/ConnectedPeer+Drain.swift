extension ConnectedPeer {
    /// Suspends until no call is in flight; when the task is cancelled meanwhile, the calls are cancelled too.
    package func finish() async {
        disconnected(finishing: true)
        await withTaskCancellationHandler {
            await drained()
        } onCancel: {
            disconnected(finishing: false)
        }
    }
}
