import ArcadiaTesting
import Foundation
import Testing

/// `arcadia/typed.h` proves while it is compiled that a function has the type that its signature says.
@Suite struct TypedDeclarationTests {
    private static let compilers = [
        ["gcc", "-std=c11"], ["clang", "-std=c11"], ["gcc", "-std=c++17", "-xc++"], ["clang", "-std=c++17", "-xc++"],
    ]

    /// What compilers say of a plugin with this function and this entry; nil: nothing.
    private func compile(_ function: String, _ entry: String, _ compiler: [String]) -> String? {
        let folder = TemporaryFolder()
        let file = folder.file(
            "plugin.c",
            "#include \"arcadia/typed.h\"\n#include <stdbool.h>\n\(function)\nARCADIA_TYPED_PLUGIN(\"p\", \"1\", \(entry));\n"
        )
        let flags = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I\(Fixtures.repository.path)/sdk/c/include"]
        let result = Command.run(
            "/usr/bin/env", compiler + flags + ["-c", file, "-o", "/dev/null"], environment: ["LC_ALL": "C"])
        return result.code == 0 ? nil : result.errors
    }

    @Test(arguments: [
        (
            "static uint32_t f(uint32_t a, bool b) { return b ? a : 0; }",
            #"(uint32, "sum"), "f", (uint32, "a"), (bool, "b")"#
        ),
        (
            "static int f(unsigned a, signed char b) { return (int)a + b; }",
            #"(int32), "f", (uint32, "a"), (int8, "b")"#
        ),
        ("static int64_t f(void) { return 1; }", #"(int64), "f""#),
        ("static void f(arcadia_call *call) { (void)call; }", #"(void), "f", (call)"#),
        (
            "static const char *f(const uint8_t *a, size_t b, const char *c) { return a && b ? c : c; }",
            #"(cstr), "f.g-h", (bytes, "a"), (cstr, "c")"#
        ),
        ("static arcadia_status f(arcadia_call *call) { return call ? 0 : 3; }", #"(status), "f", (call)"#),
    ])
    func `a function of the type that is written compiles, in C and in C++`(function: String, written: String) {
        for compiler in Self.compilers {
            #expect(compile(function, "ARCADIA_FUNCTION(f, \(written))", compiler) == nil, "\(compiler)")
        }
    }

    @Test(arguments: [
        ("static float f(float x) { return x; }", #"(double), "f", (float, "x")"#),
        ("static float f(float x) { return x; }", #"(float), "f", (double, "x")"#),
        ("static int32_t f(int32_t x) { return x; }", #"(int32), "f", (uint32, "x")"#),
        ("static int32_t f(int32_t x) { return x; }", #"(uint32), "f", (int32, "x")"#),
        ("static long long f(void) { return 1; }", #"(int64), "f""#),
        ("static int32_t f(char *x) { return *x; }", #"(int32), "f", (cstr, "x")"#),
        ("static int32_t f(int32_t x) { return x; }", #"(int32), "f", (int32, "x"), (int32, "y")"#),
        ("static int32_t f(int32_t x, int32_t y) { return x + y; }", #"(int32), "f", (int32, "x")"#),
        ("static int32_t f(int32_t x) { return x; }", #"(int32), "f", (call), (int32, "x")"#),
        ("static uint32_t f(const uint8_t *x, uint32_t y) { return x ? y : 0; }", #"(uint32), "f", (bytes, "x")"#),
        ("static void f(void) {}", #"(int32), "f""#),
        ("static int32_t f(void) { return 1; }", #"(status), "f", (call)"#),
        ("static char *f(void) { return 0; }", #"(cstr), "f""#),
    ])
    func `a function of another type does not compile, and the compiler says why`(function: String, written: String) {
        for compiler in Self.compilers {
            let said = compile(function, "ARCADIA_FUNCTION(f, \(written))", compiler)
            #expect(
                said?.contains("does not have the type that its signature says") == true, "\(compiler) \(said ?? "")")
        }
    }

    @Test func `a function that is declared without its parameters proves nothing and does not compile`() {
        let said = compile(
            "int32_t f();", #"ARCADIA_FUNCTION(f, (int32), "f", (int32, "x"))"#,
            ["gcc", "-std=c11", "-Wno-strict-prototypes"])
        #expect(said?.contains("f is declared without its parameters") == true)
    }

    @Test func `a word that is no type does not compile`() {
        for compiler in Self.compilers {
            #expect(
                compile(
                    "static int f(int x) { return x; }", #"ARCADIA_FUNCTION(f, (int), "f", (int32, "x"))"#, compiler)
                    != nil)
        }
    }

    @Test func `only a text that the caller frees is released, by a function for it`() {
        let text =
            "char *f(void); void release(void *); void other(char *); const char *borrowed(void); uint32_t n(void);"
        let entries: [(String, Bool)] = [
            (#"release, f, (cstr), "f""#, true), (#"other, f, (cstr), "f""#, false),
            (#"release, borrowed, (cstr), "f""#, false),
            (#"release, n, (uint32), "f""#, false), (#"release, f, (uint32), "f""#, false),
        ]
        for (entry, fits) in entries {
            for compiler in Self.compilers {
                let said = compile(text, "ARCADIA_FUNCTION_FREED(\(entry))", compiler)
                #expect((said == nil) == fits, "\(compiler) \(entry) \(said ?? "")")
            }
        }
    }
}
