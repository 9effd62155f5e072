import Interlock

/// How soon.
@SchemaEnum
enum Urgency: String {
    case low, high
    case now = "right now"
}

enum Size: String, CaseIterable, Codable {
    case small, large
}

typealias Street = String

/// A place.
@ToolInput @ToolOutput
struct Address: Equatable {
    /// Street and number
    var street: Street
    @Pattern("^[A-Z]{2}$") var country: String = "DE"
}

/// What is to be sent where.
@ToolInput
struct Order {
    /// Where to
    var to: Address
    var stops: [Address]?
    var urgency: Urgency = .low
    var size: Size?
    var wrapping: Wrapping = .paper
    @Range(1...10) @Header("Pieces") var pieces: Int
    @Items(...3) var tags: [String] = ["new"]
    var weights: [String: Double] = [:]
    var from, until: Int?
    @Format("email") var contact: String?

    enum Wrapping: String, Codable {
        case paper
        case box = "big box"
    }
}

@ToolOutput
struct Receipt {
    var to: Address
    var urgency: Urgency
    /// Cents
    @Range(0...) var price: Int
    var note: String?
}

@ToolInput
struct Renamed {
    var text: String
    var `in`: String = "en"
    var cached = false

    private enum CodingKeys: String, CodingKey {
        case text = "q"
        case `in`
    }
}
