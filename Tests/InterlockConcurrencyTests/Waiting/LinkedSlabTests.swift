import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("Lists in a slab")
struct LinkedSlabTests {
    @Test("agree with arrays in any order of events, and recognise used tickets", arguments: 0..<300 as Range<UInt64>)
    func randomOrder(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var slab = LinkedSlab<Int>()
        var lists = [LinkedSlab<Int>.List(), .init(), .init()]
        var model: [[(value: Int, ticket: LinkedSlab<Int>.Ticket)]] = [[], [], []]
        var used: [LinkedSlab<Int>.Ticket] = []
        for value in 0..<200 {
            let which = Int.random(in: 0..<3, using: &random)
            switch Int.random(in: 0..<8, using: &random) {
            case 0..<4:
                model[which].append((value, slab.append(value, to: &lists[which])))
            case 4:
                let expected = model[which].isEmpty ? nil : model[which].removeFirst()
                #expect(slab.popFirst(from: &lists[which]) == expected?.value)
                if let expected { used.append(expected.ticket) }
            case 5:
                guard let index = model[which].indices.randomElement(using: &random) else { continue }
                let expected = model[which].remove(at: index)
                #expect(slab.remove(expected.ticket, from: &lists[which]) == expected.value)
                used.append(expected.ticket)
            case 6:
                slab.rotate(&lists[which])
                if !model[which].isEmpty { model[which].append(model[which].removeFirst()) }
            default:
                guard let ticket = used.randomElement(using: &random) else { continue }
                #expect(slab[ticket] == nil)
                #expect(slab.remove(ticket, from: &lists[which]) == nil)
            }
            for index in 0..<3 {
                #expect(lists[index].count == model[index].count)
                #expect(slab.first(of: lists[index]) == model[index].first?.ticket)
                #expect(slab.last(of: lists[index]) == model[index].last?.ticket)
            }
        }
        for index in 0..<3 { #expect(slab.removeAll(from: &lists[index]) == model[index].map(\.value)) }
    }
}
