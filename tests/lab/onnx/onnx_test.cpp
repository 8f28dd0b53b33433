#include "lab/onnx/export.h"

#include <cstring>
#include <set>

#include "framework/support/files.h"
#include "lab/model/fold.h"
#include "lab/onnx/protobuf.h"
#include "layers/factory.h"
#include "tests/catch.h"
#include "tests/lab/child.h"
#include "tests/lab/tiny_run.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

// A message read back: the values of each field, numbers as their digits and reals as their bytes.
using MessageFields = std::multimap<int, std::string>;

MessageFields fields_of(const std::string& bytes) {
    MessageFields fields;
    std::size_t at = 0;
    const auto varint = [&] {
        std::uint64_t value = 0;
        for (int shift = 0;; shift += 7) {
            const auto byte = static_cast<unsigned char>(bytes.at(at++));
            value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
            if (byte < 0x80) return value;
        }
    };
    while (at < bytes.size()) {
        const std::uint64_t key = varint();
        const int field = static_cast<int>(key >> 3), kind = static_cast<int>(key & 7);
        if (kind == 0) {
            fields.emplace(field, std::to_string(static_cast<std::int64_t>(varint())));
            continue;
        }
        REQUIRE((kind == 2 || kind == 5));
        const std::size_t length = kind == 5 ? 4 : static_cast<std::size_t>(varint());
        fields.emplace(field, bytes.substr(at, length));
        at += length;
    }
    return fields;
}

std::vector<std::string> all(const MessageFields& fields, int field) {
    std::vector<std::string> values;
    for (auto [at, end] = fields.equal_range(field); at != end; ++at) values.push_back(at->second);
    return values;
}
std::string one(const MessageFields& fields, int field) {
    const auto values = all(fields, field);
    REQUIRE(values.size() == 1);
    return values[0];
}

struct Read {
    MessageFields model, graph;
    std::vector<std::string> operators;
    std::map<std::string, MessageFields> constants;
};

// Reads a file, and holds it to what every graph must be: each node is fed by what came before it.
Read read(const std::string& bytes) {
    Read read{.model = fields_of(bytes)};
    read.graph = fields_of(one(read.model, 7));
    std::set<std::string> known;
    for (const std::string& input : all(read.graph, 11)) known.insert(one(fields_of(input), 1));
    for (const std::string& constant : all(read.graph, 5)) {
        const MessageFields fields = fields_of(constant);
        CHECK(known.insert(one(fields, 8)).second);
        read.constants[one(fields, 8)] = fields;
    }
    for (const std::string& node : all(read.graph, 1)) {
        const MessageFields fields = fields_of(node);
        for (const std::string& input : all(fields, 1)) {
            INFO(input);
            CHECK(known.contains(input));
        }
        CHECK(known.insert(one(fields, 2)).second);
        read.operators.push_back(one(fields, 4));
    }
    for (const std::string& output : all(read.graph, 12)) CHECK(known.contains(one(fields_of(output), 1)));
    return read;
}

Model model_of(const Json& section, const Shape& image) {
    Model model{.image = image,
                .classes = {"a", "b", "c"},
                .scale = {std::vector<double>(static_cast<std::size_t>(image[0]), 0.5),
                          std::vector<double>(static_cast<std::size_t>(image[0]), 0.25)}};
    model.config.model = section;
    model.config.name = "net";
    model.module = make_model(section, image, 3);
    initialize(*model.module, 1);
    model.module->eval();
    return model;
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("protocol buffers are written as their description says", "[onnx]") {
    // The examples of protobuf.dev/programming-guides/encoding: 150, "testing", and the first within another message.
    const onnx::Message first = onnx::Message().number(1, 150);
    CHECK(first.bytes() == "\x08\x96\x01");
    CHECK(onnx::Message().text(2, "testing").bytes() == "\x12\x07testing");
    CHECK(onnx::Message().message(3, first).bytes() == "\x1a\x03\x08\x96\x01");
    CHECK(onnx::Message().number(1, -2).bytes() == "\x08\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01");
    CHECK(onnx::Message().real(4, 1).bytes() == std::string("\x25\x00\x00\x80\x3f", 5));
}

TEST_CASE("an ONNX file has the layers as nodes, the weights as constants, and the pixels' scale in front", "[onnx]") {
    const Model model = model_of({{"arch", "lenet"}}, {1, 28, 28});
    const Read file = read(onnx::to_onnx(model));
    CHECK(one(file.model, 1) == "8");
    CHECK(one(fields_of(one(file.model, 8)), 2) == "13");
    CHECK(file.operators == Words{"Mul", "Add", "Conv", "BatchNormalization", "Relu", "MaxPool", "Conv",
                                  "BatchNormalization", "Relu", "MaxPool", "Flatten", "Gemm", "Relu", "Gemm",
                                  "Identity"});
    const MessageFields weight = file.constants.at("0.0.weight");
    CHECK(all(weight, 1) == Words{"32", "1", "3", "3"});
    CHECK(one(weight, 2) == "1");
    const std::vector<Scalar> values = modules(*model.module).at(2).module->kind() == "Conv2d"
                                           ? parameters(*model.module)[0].parameter.value().values()
                                           : std::vector<Scalar>{};
    REQUIRE(one(weight, 9).size() == values.size() * sizeof(float));
    float second = 0;
    std::memcpy(&second, one(weight, 9).data() + sizeof second, sizeof second);
    CHECK(second == static_cast<float>(values.at(1)));
    float factor = 0;
    std::memcpy(&factor, one(file.constants.at("pixel_scale"), 9).data(), sizeof factor);
    CHECK(near(factor, 1 / (255 * 0.25), 1e-6));
    CHECK(one(fields_of(one(file.model, 14)), 2) == R"(["a","b","c"])");
}

TEST_CASE("every layer, net and norm of the factory can be exported", "[onnx]") {
    const Json schema = Json::parse(read_file(std::filesystem::path(NORMLAB_CONFIGS) / "schema.json"));
    for (const Json& layer : schema["$defs"]["layer"]["oneOf"]) {
        Json described = {{"type", layer["properties"]["type"]["const"]}};
        INFO(described["type"]);
        if (described["type"] == "conv2d") described["out"] = 8;
        if (described["type"] == "group_norm") described["num_groups"] = 2;
        const bool flat = described["type"] == "linear" || described["type"] == "flatten";
        Json layers = Json::array({described, {{"type", "flatten"}}, {{"type", "linear"}}});
        if (flat) layers = Json::array({{{"type", "flatten"}}, {{"type", "linear"}}});
        read(onnx::to_onnx(model_of({{"layers", layers}}, {4, 8, 8})));
    }
    for (const char* arch : {"lenet", "vgg", "resnet9", "resnet8", "resnet20"})
        read(onnx::to_onnx(model_of({{"arch", arch}}, {3, 16, 16})));
    for (const Json& norm : schema["$defs"]["norm"]["anyOf"][0]["enum"])
        read(onnx::to_onnx(model_of({{"arch", "lenet"}, {"norm", norm}}, {1, 16, 16})));
}

TEST_CASE("normlab export keeps batch norms or folds them, as asked", "[onnx]") {
    const TinyRun tiny;
    REQUIRE(run_normlab(tiny.path(), {"train", "tiny.json", "--quiet", "--set", "train.epochs=1"}).status == 0);
    REQUIRE(run_normlab(tiny.path(), {"export", "runs/tiny", "--onnx", "kept.onnx"}).status == 0);
    REQUIRE(run_normlab(tiny.path(), {"export", "runs/tiny", "--onnx", "folded.onnx", "--fold"}).status == 0);
    const auto has_norm = [&](const char* file) {
        return std::ranges::count(read(read_file(tiny / file)).operators, "BatchNormalization") > 0;
    };
    CHECK(has_norm("kept.onnx"));
    CHECK_FALSE(has_norm("folded.onnx"));
    CHECK(contains(run_normlab(tiny.path(), {"export", "runs/tiny"}).err, "export needs --onnx"));
    const Ended outcome = run_normlab(tiny.path(), {"export", "runs/tiny", "--onnx", "no/model.onnx"});
    CHECK(outcome.status == 1);
    CHECK(contains(outcome.err, "cannot create no/"));
}
