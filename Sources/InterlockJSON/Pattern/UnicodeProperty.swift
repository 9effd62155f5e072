/// A property of Unicode scalars that the standard library answers: a general category or a yes-or-no property, perhaps inverted (`\P`).
///
/// Scripts are not here: they become ranges, see ``UnicodeScript``.
struct UnicodeProperty: Sendable, Hashable {
    enum Test: Sendable, Hashable {
        /// One bit for each general category, see `bit(of:)`.
        case categories(UInt32)
        case binary(BinaryProperty)
    }

    var test: Test
    var isInverted = false

    var inverted: UnicodeProperty { UnicodeProperty(test: test, isInverted: !isInverted) }

    func contains(_ scalar: Unicode.Scalar) -> Bool { Self.holds(test, scalar) != isInverted }

    static func holds(_ test: Test, _ scalar: Unicode.Scalar) -> Bool {
        switch test {
        case .categories(let mask): mask & bit(of: scalar.properties.generalCategory) != 0
        case .binary(let property): property.holds(for: scalar)
        }
    }

    /// The general category or yes-or-no property of a name as ECMA-262 spells it, long or short; nil if there is none.
    init?(name: String) {
        if let property = BinaryProperty(name: name) {
            self.init(test: .binary(property))
        } else {
            self.init(categoryName: name)
        }
    }

    /// The general category of a name, long or short; nil if there is none.
    init?(categoryName name: String) {
        let mask: UInt32 =
            switch name {
            case "L", "Letter": Self.letter
            case "LC", "Cased_Letter": Self.bits(.uppercaseLetter, .lowercaseLetter, .titlecaseLetter)
            case "Lu", "Uppercase_Letter": Self.bits(.uppercaseLetter)
            case "Ll", "Lowercase_Letter": Self.bits(.lowercaseLetter)
            case "Lt", "Titlecase_Letter": Self.bits(.titlecaseLetter)
            case "Lm", "Modifier_Letter": Self.bits(.modifierLetter)
            case "Lo", "Other_Letter": Self.bits(.otherLetter)
            case "M", "Mark", "Combining_Mark": Self.bits(.nonspacingMark, .spacingMark, .enclosingMark)
            case "Mn", "Nonspacing_Mark": Self.bits(.nonspacingMark)
            case "Mc", "Spacing_Mark": Self.bits(.spacingMark)
            case "Me", "Enclosing_Mark": Self.bits(.enclosingMark)
            case "N", "Number": Self.bits(.decimalNumber, .letterNumber, .otherNumber)
            case "Nd", "Decimal_Number", "digit": Self.bits(.decimalNumber)
            case "Nl", "Letter_Number": Self.bits(.letterNumber)
            case "No", "Other_Number": Self.bits(.otherNumber)
            case "P", "Punctuation", "punct": Self.punctuation
            case "Pc", "Connector_Punctuation": Self.bits(.connectorPunctuation)
            case "Pd", "Dash_Punctuation": Self.bits(.dashPunctuation)
            case "Ps", "Open_Punctuation": Self.bits(.openPunctuation)
            case "Pe", "Close_Punctuation": Self.bits(.closePunctuation)
            case "Pi", "Initial_Punctuation": Self.bits(.initialPunctuation)
            case "Pf", "Final_Punctuation": Self.bits(.finalPunctuation)
            case "Po", "Other_Punctuation": Self.bits(.otherPunctuation)
            case "S", "Symbol": Self.bits(.mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol)
            case "Sm", "Math_Symbol": Self.bits(.mathSymbol)
            case "Sc", "Currency_Symbol": Self.bits(.currencySymbol)
            case "Sk", "Modifier_Symbol": Self.bits(.modifierSymbol)
            case "So", "Other_Symbol": Self.bits(.otherSymbol)
            case "Z", "Separator": Self.bits(.spaceSeparator, .lineSeparator, .paragraphSeparator)
            case "Zs", "Space_Separator": Self.bits(.spaceSeparator)
            case "Zl", "Line_Separator": Self.bits(.lineSeparator)
            case "Zp", "Paragraph_Separator": Self.bits(.paragraphSeparator)
            case "C", "Other": Self.bits(.control, .format, .surrogate, .privateUse, .unassigned)
            case "Cc", "Control", "cntrl": Self.bits(.control)
            case "Cf", "Format": Self.bits(.format)
            case "Cs", "Surrogate": Self.bits(.surrogate)
            case "Co", "Private_Use": Self.bits(.privateUse)
            case "Cn", "Unassigned": Self.bits(.unassigned)
            default: 0
            }
        guard mask != 0 else { return nil }
        self.init(test: .categories(mask))
    }

    private init(test: Test, isInverted: Bool = false) {
        self.test = test
        self.isInverted = isInverted
    }

    private static let letter = bits(.uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter)
    private static let punctuation = bits(
        .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation, .finalPunctuation,
        .otherPunctuation)

    private static func bits(_ categories: Unicode.GeneralCategory...) -> UInt32 {
        categories.reduce(0) { $0 | bit(of: $1) }
    }

    private static func bit(of category: Unicode.GeneralCategory) -> UInt32 {
        let position: UInt32 =
            switch category {
            case .uppercaseLetter: 0
            case .lowercaseLetter: 1
            case .titlecaseLetter: 2
            case .modifierLetter: 3
            case .otherLetter: 4
            case .nonspacingMark: 5
            case .spacingMark: 6
            case .enclosingMark: 7
            case .decimalNumber: 8
            case .letterNumber: 9
            case .otherNumber: 10
            case .connectorPunctuation: 11
            case .dashPunctuation: 12
            case .openPunctuation: 13
            case .closePunctuation: 14
            case .initialPunctuation: 15
            case .finalPunctuation: 16
            case .otherPunctuation: 17
            case .mathSymbol: 18
            case .currencySymbol: 19
            case .modifierSymbol: 20
            case .otherSymbol: 21
            case .spaceSeparator: 22
            case .lineSeparator: 23
            case .paragraphSeparator: 24
            case .control: 25
            case .format: 26
            case .surrogate: 27
            case .privateUse: 28
            case .unassigned: 29
            @unknown default: 29
            }
        return 1 << position
    }
}
