import InterlockAudit
import Testing

@Suite("Permits that some way out keeps")
struct LostPermitTests {
    @Test("an error or a return between taking and giving back")
    func wrong() {
        expectFound(
            .lostPermit,
            in: """
                func limited(_ semaphore: Semaphore) async throws {
                    await semaphore.acquire() //!
                    try await work()
                    await semaphore.release()
                }

                func early(_ semaphore: Semaphore) async {
                    await semaphore.wait() //!
                    if isDone { return }
                    await work()
                    semaphore.signal()
                }

                func named(_ pool: Pool) async throws {
                    let permit = try await pool.acquirePermit() //!
                    try await permit.work()
                    pool.releasePermit(permit)
                }

                func locked(_ lock: Lock) throws {
                    lock.lock() //!
                    guard isOpen else { throw Closed() }
                    lock.unlock()
                }
                """)
    }

    @Test("a waiter that has its permit and then throws because it was cancelled")
    func cancelledWaiter() {
        expectFound(
            .lostPermit,
            in: """
                actor Permits {
                    private var free = 2
                    private var waiters: [CheckedContinuation<Void, Never>] = []

                    func acquire() async throws {
                        if free > 0 {
                            free -= 1
                            return
                        }
                        await withCheckedContinuation { waiters.append($0) }
                        try Task.checkCancellation() //!
                    }

                    func release() {
                        if waiters.isEmpty { free += 1 } else { waiters.removeFirst().resume() }
                    }
                }
                """)
    }

    @Test("right: deferred, caught, scoped, or nothing between that could leave")
    func right() {
        expectClear(
            """
            func deferred(_ semaphore: Semaphore) async throws {
                await semaphore.acquire()
                defer { semaphore.release() }
                try await work()
            }

            func caught(_ semaphore: Semaphore) async throws {
                await semaphore.acquire()
                do {
                    try await work()
                } catch {
                    await semaphore.release()
                    throw error
                }
                await semaphore.release()
            }

            func scoped(_ semaphore: Semaphore) async throws {
                try await semaphore.withPermit { try await work() }
            }

            func plain(_ semaphore: Semaphore) async {
                await semaphore.acquire()
                await work()
                await semaphore.release()
            }

            func swallowed(_ semaphore: Semaphore) async {
                await semaphore.acquire()
                do { try await work() } catch { log(error) }
                await semaphore.release()
            }

            func handedOver(_ semaphore: Semaphore) async throws -> Permit {
                await semaphore.acquire()
                return try Permit(semaphore)
            }
            """)
    }

    @Test("right: an answer that may be a refusal is asked about before it is given back")
    func rightAnswer() {
        expectClear(
            """
            func admit(_ machine: inout Machine) -> Bool {
                let outcome = machine.take(1)
                if outcome.isRefused { return false }
                guard outcome.delay > 0 else { return true }
                machine.giveBack(1)
                return false
            }
            """)
    }

    @Test("right: a cancelled waiter that gives the permit on")
    func rightWaiter() {
        expectClear(
            """
            actor Permits {
                private var waiters: [CheckedContinuation<Void, Never>] = []

                func acquire() async throws {
                    await withCheckedContinuation { waiters.append($0) }
                    if Task.isCancelled {
                        release()
                        try Task.checkCancellation()
                    }
                }

                func release() { waiters.removeFirst().resume() }
            }
            """)
    }
}
