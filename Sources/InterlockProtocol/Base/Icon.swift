public import InterlockJSON

/// An image a client may show beside a name. Spec: 2026-07-28, Base Protocol › Icons.
public struct Icon: WireShape {
    /// What background an icon is drawn for.
    public enum Theme: String, WireEnumeration, Sendable, Hashable {
        /// Light backgrounds.
        case light
        /// Dark backgrounds.
        case dark
    }

    /// An `https:` or `data:` URI. Renderers refuse all other schemes and send no credentials.
    public var src: String
    /// The image's media type, where the source does not say it.
    public var mimeType: String?
    /// Sizes like `48x48`, or `any`.
    public var sizes: [String]?
    /// The background it is drawn for; nil fits any.
    public var theme: Theme?

    /// Names the root `icon` in messages about its shape.
    public static var wireRoot: String { "icon" }

    /// Makes an icon.
    public init(src: String, mimeType: String? = nil, sizes: [String]? = nil, theme: Theme? = nil) {
        self.src = src
        self.mimeType = mimeType
        self.sizes = sizes
        self.theme = theme
    }

    /// Whether the source is of a scheme that renderers accept.
    public var hasAcceptableSource: Bool {
        let scheme = src.prefix { $0 != ":" }.lowercased()
        return scheme == "https" || scheme == "data"
    }

    /// Reads an icon.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        src = try object.required("src")
        mimeType = try object.optional("mimeType")
        sizes = try object.optional("sizes")
        theme = try object.optional("theme")
    }

    /// Writes an icon.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("src", src, context)
        writer.member("mimeType", mimeType, context)
        writer.member("sizes", sizes, context)
        writer.member("theme", theme, context)
        writer.endObject()
    }
}
