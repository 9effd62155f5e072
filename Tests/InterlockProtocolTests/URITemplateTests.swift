import InterlockProtocol
import Testing

@Suite("URITemplate")
struct URITemplateTests {
    /// The variables RFC 6570 uses in its examples.
    static let values: [String: URITemplate.Value] = [
        "count": ["one", "two", "three"], "dom": ["example", "com"], "dub": "me/too", "hello": "Hello World!",
        "half": "50%", "var": "value", "who": "fred", "base": "http://example.com/home/", "path": "/foo/bar",
        "list": ["red", "green", "blue"],
        "keys": .pairs([.init("semi", ";"), .init("dot", "."), .init("comma", ",")]), "v": "6", "x": "1024", "y": "768",
        "empty": "", "empty_keys": .pairs([]),
    ]

    @Test("expands as RFC 6570 shows", arguments: [
        ("{var}", "value"), ("{hello}", "Hello%20World%21"), ("{half}", "50%25"), ("O{empty}X", "OX"), ("O{undef}X", "OX"),
        ("{x,y}", "1024,768"), ("{x,hello,y}", "1024,Hello%20World%21,768"), ("?{x,empty}", "?1024,"),
        ("?{x,undef}", "?1024"), ("?{undef,y}", "?768"), ("{var:3}", "val"), ("{var:30}", "value"),
        ("{list}", "red,green,blue"), ("{list*}", "red,green,blue"), ("{keys}", "semi,%3B,dot,.,comma,%2C"),
        ("{keys*}", "semi=%3B,dot=.,comma=%2C"), ("{+var}", "value"), ("{+hello}", "Hello%20World!"),
        ("{+half}", "50%25"), ("{base}index", "http%3A%2F%2Fexample.com%2Fhome%2Findex"),
        ("{+base}index", "http://example.com/home/index"), ("{+path}/here", "/foo/bar/here"),
        ("up{+path}{var}/here", "up/foo/barvalue/here"), ("{+x,hello,y}", "1024,Hello%20World!,768"),
        ("{+path:6}/here", "/foo/b/here"), ("{+keys*}", "semi=;,dot=.,comma=,"), ("{#var}", "#value"),
        ("{#hello}", "#Hello%20World!"), ("foo{#empty}", "foo#"), ("foo{#undef}", "foo"),
        ("{#path,x}/here", "#/foo/bar,1024/here"), ("{.who}", ".fred"), ("{.who,who}", ".fred.fred"),
        ("X{.empty}", "X."), ("X{.undef}", "X"), ("X{.list*}", "X.red.green.blue"), ("X{.keys*}", "X.semi=%3B.dot=..comma=%2C"),
        ("X{.empty_keys}", "X"), ("{/who}", "/fred"), ("{/half,who}", "/50%25/fred"), ("{/who,dub}", "/fred/me%2Ftoo"),
        ("{/var,empty}", "/value/"), ("{/var,x}/here", "/value/1024/here"), ("{/list*,path:4}", "/red/green/blue/%2Ffoo"),
        ("{;who}", ";who=fred"), ("{;half}", ";half=50%25"), ("{;empty}", ";empty"), ("{;v,empty,who}", ";v=6;empty;who=fred"),
        ("{;x,y,undef}", ";x=1024;y=768"), ("{;hello:5}", ";hello=Hello"), ("{;list}", ";list=red,green,blue"),
        ("{;list*}", ";list=red;list=green;list=blue"), ("{;keys*}", ";semi=%3B;dot=.;comma=%2C"), ("{?who}", "?who=fred"),
        ("{?x,y,empty}", "?x=1024&y=768&empty="), ("{?list*}", "?list=red&list=green&list=blue"),
        ("{?keys}", "?keys=semi,%3B,dot,.,comma,%2C"), ("{?keys*}", "?semi=%3B&dot=.&comma=%2C"),
        ("?fixed=yes{&x}", "?fixed=yes&x=1024"), ("{&var:3}", "&var=val"), ("{&x,y,empty}", "&x=1024&y=768&empty="),
        ("ü{var}", "%C3%BCvalue"),
    ])
    func expansion(template: String, uri: String) throws {
        #expect(try URITemplate(template).expand(Self.values) == uri)
    }

    @Test("refuses what is no template", arguments: [
        "{", "a}", "{}", "{=x}", "{|x}", "{x", "{x,}", "{x:0}", "{x:10000}", "{x:a}", "{.}", "{a b}", "{x.}", "{%zz}", "{{x}}",
    ])
    func malformed(template: String) {
        #expect(throws: URITemplate.Malformed.self) { try URITemplate(template) }
    }

    @Test("matches URIs and decodes simple variables", arguments: [
        ("test://template/{id}/data", "test://template/123/data", ["id": "123"]),
        ("test://template/{id}/data", "test://template/a%2Fb%20c/data", ["id": "a/b c"]),
        ("test://template/{id}/data", "test://template/a/b/data", nil), ("test://template/{id}/data", "test://template//data", nil),
        ("test://template/{id}/data", "test://template/1/data2", nil), ("test://template/{id}/data", "xtest://template/1/data", nil),
        ("file:///{+path}", "file:///a/b%20c.txt", ["path": "a/b%20c.txt"]), ("{a}{b}", "xyz", ["a": "xy", "b": "z"]),
        ("{a}-{b}", "1-2-3", ["a": "1-2", "b": "3"]), ("{x,y}", "1,2", ["x": "1", "y": "2"]), ("r{/a,b}", "r/1/2", ["a": "1", "b": "2"]),
        ("f{.ext}", "f.json", ["ext": "json"]), ("p{#part}", "p#a/b", ["part": "a/b"]), ("a/{id}/b/{id}", "a/1/b/1", ["id": "1"]),
        ("a/{id}/b/{id}", "a/1/b/2", nil), ("plain", "plain", [:]), ("plain", "plai", nil), ("{a}", "%zz", nil), ("{a}", "%ff", nil),
        ("{a}", "ü", ["a": "ü"]), ("s{?q}", "s?q=1", nil),
    ] as [(String, String, [String: String]?)])
    func matching(template: String, uri: String, values: [String: String]?) throws {
        #expect(try URITemplate(template).match(uri) == values)
    }

    @Test("says which templates can be matched and which variables they have")
    func properties() throws {
        #expect(try URITemplate("a{b}{+c,b}").variables == ["b", "c"])
        #expect(try URITemplate("a{b}{+c}{/d}").isMatchable)
        for template in ["{?a}", "{;a}", "{&a}", "{a*}", "{a:3}"] { #expect(try !URITemplate(template).isMatchable) }
    }

    @Test("matches what it expands to, and long hostile input in linear time")
    func roundTrip() throws {
        let template = try URITemplate("db://{host}/{table}{/row}")
        let values = ["host": "a b.c", "table": "ü/ö", "row": "1,2"]
        #expect(template.match(template.expand(values.mapValues { .string($0) })) == values)
        let hostile = try URITemplate("{a}x{b}x{c}x{d}x{e}y")
        #expect(hostile.match(String(repeating: "x", count: 20_000)) == nil)
    }
}
