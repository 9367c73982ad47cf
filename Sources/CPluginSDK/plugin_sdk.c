/* Written by ./list: every file of the SDKs and templates. */
#include "plugin_sdk.h"

/* A file becomes an array of bytes when this is compiled: C23, which clang has as an extension of C17. */
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char file_0[] = {
#embed "../../sdk/Package.swift"
};
static const unsigned char file_1[] = {
#embed "../../sdk/c/header.c"
};
static const unsigned char file_2[] = {
#embed "../../sdk/c/include/arcadia/http.h"
};
static const unsigned char file_3[] = {
#embed "../../sdk/c/include/arcadia/plan.h"
};
static const unsigned char file_4[] = {
#embed "../../sdk/c/include/arcadia/plugin.h"
};
static const unsigned char file_5[] = {
#embed "../../sdk/c/include/arcadia/testing.h"
};
static const unsigned char file_6[] = {
#embed "../../sdk/c/include/arcadia/typed.h"
};
static const unsigned char file_7[] = {
#embed "../../sdk/c/include/module.modulemap"
};
static const unsigned char file_8[] = {
#embed "../../sdk/cpp/include/arcadia/plugin.hpp"
};
static const unsigned char file_9[] = {
#embed "../../sdk/link/one-symbol.map"
};
static const unsigned char file_10[] = {
#embed "../../sdk/rust/arcadia-plugin/.gitignore"
};
static const unsigned char file_11[] = {
#embed "../../sdk/rust/arcadia-plugin/Cargo.toml"
};
static const unsigned char file_12[] = {
#embed "../../sdk/rust/arcadia-plugin/rustfmt.toml"
};
static const unsigned char file_13[] = {
#embed "../../sdk/rust/arcadia-plugin/src/abi.rs"
};
static const unsigned char file_14[] = {
#embed "../../sdk/rust/arcadia-plugin/src/border.rs"
};
static const unsigned char file_15[] = {
#embed "../../sdk/rust/arcadia-plugin/src/call.rs"
};
static const unsigned char file_16[] = {
#embed "../../sdk/rust/arcadia-plugin/src/failure.rs"
};
static const unsigned char file_17[] = {
#embed "../../sdk/rust/arcadia-plugin/src/http.rs"
};
static const unsigned char file_18[] = {
#embed "../../sdk/rust/arcadia-plugin/src/lib.rs"
};
static const unsigned char file_19[] = {
#embed "../../sdk/rust/arcadia-plugin/src/panics.rs"
};
static const unsigned char file_20[] = {
#embed "../../sdk/rust/arcadia-plugin/src/testing.rs"
};
static const unsigned char file_21[] = {
#embed "../../sdk/rust/arcadia-plugin/src/testing/json.rs"
};
static const unsigned char file_22[] = {
#embed "../../sdk/swift/ArcadiaPlugin/Asked.swift"
};
static const unsigned char file_23[] = {
#embed "../../sdk/swift/ArcadiaPlugin/CTable.swift"
};
static const unsigned char file_24[] = {
#embed "../../sdk/swift/ArcadiaPlugin/Call.swift"
};
static const unsigned char file_25[] = {
#embed "../../sdk/swift/ArcadiaPlugin/Cancelled.swift"
};
static const unsigned char file_26[] = {
#embed "../../sdk/swift/ArcadiaPlugin/CodingWords.swift"
};
static const unsigned char file_27[] = {
#embed "../../sdk/swift/ArcadiaPlugin/Contract.swift"
};
static const unsigned char file_28[] = {
#embed "../../sdk/swift/ArcadiaPlugin/Effect.swift"
};
static const unsigned char file_29[] = {
#embed "../../sdk/swift/ArcadiaPlugin/Entry.swift"
};
static const unsigned char file_30[] = {
#embed "../../sdk/swift/ArcadiaPlugin/Forecast.swift"
};
static const unsigned char file_31[] = {
#embed "../../sdk/swift/ArcadiaPlugin/HTTPClient.swift"
};
static const unsigned char file_32[] = {
#embed "../../sdk/swift/ArcadiaPlugin/HTTPFailure.swift"
};
static const unsigned char file_33[] = {
#embed "../../sdk/swift/ArcadiaPlugin/HTTPRequest.swift"
};
static const unsigned char file_34[] = {
#embed "../../sdk/swift/ArcadiaPlugin/HTTPResponse.swift"
};
static const unsigned char file_35[] = {
#embed "../../sdk/swift/ArcadiaPlugin/HostCall.swift"
};
static const unsigned char file_36[] = {
#embed "../../sdk/swift/ArcadiaPlugin/Instance.swift"
};
static const unsigned char file_37[] = {
#embed "../../sdk/swift/ArcadiaPlugin/JSON.swift"
};
static const unsigned char file_38[] = {
#embed "../../sdk/swift/ArcadiaPlugin/LogLevel.swift"
};
static const unsigned char file_39[] = {
#embed "../../sdk/swift/ArcadiaPlugin/Operation.swift"
};
static const unsigned char file_40[] = {
#embed "../../sdk/swift/ArcadiaPlugin/OperationRunner.swift"
};
static const unsigned char file_41[] = {
#embed "../../sdk/swift/ArcadiaPlugin/Outcome.swift"
};
static const unsigned char file_42[] = {
#embed "../../sdk/swift/ArcadiaPlugin/Plugin.swift"
};
static const unsigned char file_43[] = {
#embed "../../sdk/swift/ArcadiaPlugin/StepFailure.swift"
};
static const unsigned char file_44[] = {
#embed "../../sdk/swift/ArcadiaPlugin/Suspend.swift"
};
static const unsigned char file_45[] = {
#embed "../../sdk/swift/ArcadiaPlugin/Text.swift"
};
static const unsigned char file_46[] = {
#embed "../../sdk/swift/ArcadiaPluginTesting/FakeCall.swift"
};
static const unsigned char file_47[] = {
#embed "../../sdk/swift/ArcadiaPluginTesting/FakeHost.swift"
};
static const unsigned char file_48[] = {
#embed "../../sdk/swift/ArcadiaPluginTesting/TestJSON.swift"
};
static const unsigned char file_49[] = {
#embed "../../sdk/swift/ArcadiaPluginTesting/TestStep.swift"
};
static const unsigned char file_50[] = {
#embed "../../sdk/templates/c/.gitignore"
};
static const unsigned char file_51[] = {
#embed "../../sdk/templates/c/Makefile"
};
static const unsigned char file_52[] = {
#embed "../../sdk/templates/c/greet-and-fail.json"
};
static const unsigned char file_53[] = {
#embed "../../sdk/templates/c/greet.json"
};
static const unsigned char file_54[] = {
#embed "../../sdk/templates/c/greeter.c"
};
static const unsigned char file_55[] = {
#embed "../../sdk/templates/c/plugin.json"
};
static const unsigned char file_56[] = {
#embed "../../sdk/templates/c/tests.c"
};
static const unsigned char file_57[] = {
#embed "../../sdk/templates/cpp/.gitignore"
};
static const unsigned char file_58[] = {
#embed "../../sdk/templates/cpp/Makefile"
};
static const unsigned char file_59[] = {
#embed "../../sdk/templates/cpp/greet-and-fail.json"
};
static const unsigned char file_60[] = {
#embed "../../sdk/templates/cpp/greet.json"
};
static const unsigned char file_61[] = {
#embed "../../sdk/templates/cpp/greeter.cpp"
};
static const unsigned char file_62[] = {
#embed "../../sdk/templates/cpp/plugin.json"
};
static const unsigned char file_63[] = {
#embed "../../sdk/templates/cpp/tests.cpp"
};
static const unsigned char file_64[] = {
#embed "../../sdk/templates/rust/.gitignore"
};
static const unsigned char file_65[] = {
#embed "../../sdk/templates/rust/Cargo.toml"
};
static const unsigned char file_66[] = {
#embed "../../sdk/templates/rust/Makefile"
};
static const unsigned char file_67[] = {
#embed "../../sdk/templates/rust/build.rs"
};
static const unsigned char file_68[] = {
#embed "../../sdk/templates/rust/greet-and-fail.json"
};
static const unsigned char file_69[] = {
#embed "../../sdk/templates/rust/greet.json"
};
static const unsigned char file_70[] = {
#embed "../../sdk/templates/rust/plugin.json"
};
static const unsigned char file_71[] = {
#embed "../../sdk/templates/rust/rustfmt.toml"
};
static const unsigned char file_72[] = {
#embed "../../sdk/templates/rust/src/lib.rs"
};
static const unsigned char file_73[] = {
#embed "../../sdk/templates/rust/src/tests.rs"
};
static const unsigned char file_74[] = {
#embed "../../sdk/templates/swift/.gitignore"
};
static const unsigned char file_75[] = {
#embed "../../sdk/templates/swift/Makefile"
};
static const unsigned char file_76[] = {
#embed "../../sdk/templates/swift/Package.swift"
};
static const unsigned char file_77[] = {
#embed "../../sdk/templates/swift/Sources/greeter_plugin/Greet.swift"
};
static const unsigned char file_78[] = {
#embed "../../sdk/templates/swift/Sources/greeter_plugin/GreeterPlugin.swift"
};
static const unsigned char file_79[] = {
#embed "../../sdk/templates/swift/Tests/GreetTests.swift"
};
static const unsigned char file_80[] = {
#embed "../../sdk/templates/swift/greet-and-fail.json"
};
static const unsigned char file_81[] = {
#embed "../../sdk/templates/swift/greet.json"
};
static const unsigned char file_82[] = {
#embed "../../sdk/templates/swift/plugin.json"
};

#define FILE_OF(path, bytes) {path, bytes, sizeof bytes}
static const struct arcadia_sdk_file files[] = {
    FILE_OF("Package.swift", file_0),
    FILE_OF("c/header.c", file_1),
    FILE_OF("c/include/arcadia/http.h", file_2),
    FILE_OF("c/include/arcadia/plan.h", file_3),
    FILE_OF("c/include/arcadia/plugin.h", file_4),
    FILE_OF("c/include/arcadia/testing.h", file_5),
    FILE_OF("c/include/arcadia/typed.h", file_6),
    FILE_OF("c/include/module.modulemap", file_7),
    FILE_OF("cpp/include/arcadia/plugin.hpp", file_8),
    FILE_OF("link/one-symbol.map", file_9),
    FILE_OF("rust/arcadia-plugin/.gitignore", file_10),
    FILE_OF("rust/arcadia-plugin/Cargo.toml", file_11),
    FILE_OF("rust/arcadia-plugin/rustfmt.toml", file_12),
    FILE_OF("rust/arcadia-plugin/src/abi.rs", file_13),
    FILE_OF("rust/arcadia-plugin/src/border.rs", file_14),
    FILE_OF("rust/arcadia-plugin/src/call.rs", file_15),
    FILE_OF("rust/arcadia-plugin/src/failure.rs", file_16),
    FILE_OF("rust/arcadia-plugin/src/http.rs", file_17),
    FILE_OF("rust/arcadia-plugin/src/lib.rs", file_18),
    FILE_OF("rust/arcadia-plugin/src/panics.rs", file_19),
    FILE_OF("rust/arcadia-plugin/src/testing.rs", file_20),
    FILE_OF("rust/arcadia-plugin/src/testing/json.rs", file_21),
    FILE_OF("swift/ArcadiaPlugin/Asked.swift", file_22),
    FILE_OF("swift/ArcadiaPlugin/CTable.swift", file_23),
    FILE_OF("swift/ArcadiaPlugin/Call.swift", file_24),
    FILE_OF("swift/ArcadiaPlugin/Cancelled.swift", file_25),
    FILE_OF("swift/ArcadiaPlugin/CodingWords.swift", file_26),
    FILE_OF("swift/ArcadiaPlugin/Contract.swift", file_27),
    FILE_OF("swift/ArcadiaPlugin/Effect.swift", file_28),
    FILE_OF("swift/ArcadiaPlugin/Entry.swift", file_29),
    FILE_OF("swift/ArcadiaPlugin/Forecast.swift", file_30),
    FILE_OF("swift/ArcadiaPlugin/HTTPClient.swift", file_31),
    FILE_OF("swift/ArcadiaPlugin/HTTPFailure.swift", file_32),
    FILE_OF("swift/ArcadiaPlugin/HTTPRequest.swift", file_33),
    FILE_OF("swift/ArcadiaPlugin/HTTPResponse.swift", file_34),
    FILE_OF("swift/ArcadiaPlugin/HostCall.swift", file_35),
    FILE_OF("swift/ArcadiaPlugin/Instance.swift", file_36),
    FILE_OF("swift/ArcadiaPlugin/JSON.swift", file_37),
    FILE_OF("swift/ArcadiaPlugin/LogLevel.swift", file_38),
    FILE_OF("swift/ArcadiaPlugin/Operation.swift", file_39),
    FILE_OF("swift/ArcadiaPlugin/OperationRunner.swift", file_40),
    FILE_OF("swift/ArcadiaPlugin/Outcome.swift", file_41),
    FILE_OF("swift/ArcadiaPlugin/Plugin.swift", file_42),
    FILE_OF("swift/ArcadiaPlugin/StepFailure.swift", file_43),
    FILE_OF("swift/ArcadiaPlugin/Suspend.swift", file_44),
    FILE_OF("swift/ArcadiaPlugin/Text.swift", file_45),
    FILE_OF("swift/ArcadiaPluginTesting/FakeCall.swift", file_46),
    FILE_OF("swift/ArcadiaPluginTesting/FakeHost.swift", file_47),
    FILE_OF("swift/ArcadiaPluginTesting/TestJSON.swift", file_48),
    FILE_OF("swift/ArcadiaPluginTesting/TestStep.swift", file_49),
    FILE_OF("templates/c/.gitignore", file_50),
    FILE_OF("templates/c/Makefile", file_51),
    FILE_OF("templates/c/greet-and-fail.json", file_52),
    FILE_OF("templates/c/greet.json", file_53),
    FILE_OF("templates/c/greeter.c", file_54),
    FILE_OF("templates/c/plugin.json", file_55),
    FILE_OF("templates/c/tests.c", file_56),
    FILE_OF("templates/cpp/.gitignore", file_57),
    FILE_OF("templates/cpp/Makefile", file_58),
    FILE_OF("templates/cpp/greet-and-fail.json", file_59),
    FILE_OF("templates/cpp/greet.json", file_60),
    FILE_OF("templates/cpp/greeter.cpp", file_61),
    FILE_OF("templates/cpp/plugin.json", file_62),
    FILE_OF("templates/cpp/tests.cpp", file_63),
    FILE_OF("templates/rust/.gitignore", file_64),
    FILE_OF("templates/rust/Cargo.toml", file_65),
    FILE_OF("templates/rust/Makefile", file_66),
    FILE_OF("templates/rust/build.rs", file_67),
    FILE_OF("templates/rust/greet-and-fail.json", file_68),
    FILE_OF("templates/rust/greet.json", file_69),
    FILE_OF("templates/rust/plugin.json", file_70),
    FILE_OF("templates/rust/rustfmt.toml", file_71),
    FILE_OF("templates/rust/src/lib.rs", file_72),
    FILE_OF("templates/rust/src/tests.rs", file_73),
    FILE_OF("templates/swift/.gitignore", file_74),
    FILE_OF("templates/swift/Makefile", file_75),
    FILE_OF("templates/swift/Package.swift", file_76),
    FILE_OF("templates/swift/Sources/greeter_plugin/Greet.swift", file_77),
    FILE_OF("templates/swift/Sources/greeter_plugin/GreeterPlugin.swift", file_78),
    FILE_OF("templates/swift/Tests/GreetTests.swift", file_79),
    FILE_OF("templates/swift/greet-and-fail.json", file_80),
    FILE_OF("templates/swift/greet.json", file_81),
    FILE_OF("templates/swift/plugin.json", file_82),
};

size_t arcadia_sdk_count(void) { return sizeof files / sizeof files[0]; }
struct arcadia_sdk_file arcadia_sdk_file(size_t index) { return files[index]; }
