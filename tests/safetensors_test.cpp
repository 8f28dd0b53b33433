#include "framework/safetensors.h"

#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>

#include "framework/support/crc64.h"
#include "framework/support/files.h"
#include "tests/catch.h"
#include "tests/support.h"
#include "tests/temporary.h"

using namespace normlab;
using namespace normlab::test;

TEST_CASE("a single changed bit anywhere in a file is noticed, or changes nothing", "[state]") {
    const TemporaryFolder folder;
    const auto path = folder / "state.safetensors";
    const State state{.tensors = {{"b", noise({3, 2}, 1)}, {"a", noise({2}, 2)}},
                      .counters = {{"n", 5}},
                      .metadata = {{"normlab", "1"}, {"config", R"({"seed": 3, "name": "a"})"}}};
    write_safetensors(path, state);
    const std::string whole = read_file(path);
    const auto is_same = [&](const State& read) {
        const auto same_name = [](const auto& a, const auto& b) { return a.name == b.name; };
        return std::ranges::equal(read.tensors, state.tensors, same_name) &&
               same_bits(read.tensors[0].tensor, state.tensors[0].tensor) &&
               same_bits(read.tensors[1].tensor, state.tensors[1].tensor) &&
               std::ranges::equal(read.counters, state.counters, same_name) && read.counters[0].value == 5 &&
               read.metadata == state.metadata;
    };
    std::size_t noticed = 0;
    for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
        std::string changed = whole;
        changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ 1 << bit % 8);
        std::ofstream(path, std::ios::binary) << changed;
        CAPTURE(bit);
        State read;
        const bool fails = !error_of([&] { read = read_safetensors(path); }).empty();
        REQUIRE((fails || is_same(read)));
        noticed += fails;
    }
    REQUIRE(noticed >= 8 * whole.size() - 7);  // one of the spaces that fill up the header may become a zero
}

TEST_CASE("changed signs of two numbers are noticed", "[state]") {
    const TemporaryFolder folder;
    const auto path = folder / "state.safetensors";
    write_safetensors(path, {.tensors = {{"w", Tensor::full({64}, 1)}}});
    const std::string whole = read_file(path);
    for (std::size_t back = sizeof(Scalar); back < 64 * sizeof(Scalar); back += sizeof(Scalar)) {
        std::string changed = whole;
        for (const std::size_t last : {changed.size() - 1, changed.size() - 1 - back})
            changed[last] = static_cast<char>(changed[last] ^ 0x80);
        std::ofstream(path, std::ios::binary) << changed;
        CAPTURE(back);
        REQUIRE(contains(error_of([&] { read_safetensors(path); }), "is damaged: its checksum is wrong"));
    }
}

TEST_CASE("a file of PyTorch without a checksum is read, and one with the sum of earlier files", "[state]") {
    const TemporaryFolder folder;
    const auto file = [](const std::string& metadata, float first) {
        const std::string header = "{" + metadata + R"("w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
        const std::uint64_t length = header.size();
        const float numbers[] = {first, 2};
        return std::string(reinterpret_cast<const char*>(&length), 8) + header +
               std::string(reinterpret_cast<const char*>(numbers), 8);
    };
    const auto read = [&](const std::string& contents) {
        std::ofstream(folder / "w", std::ios::binary) << contents;
        const State state = read_safetensors(folder / "w");
        REQUIRE(state.tensors.at(0).tensor.values() == std::vector<Scalar>{1, 2});
        return state.metadata.size();
    };
    CHECK(read(file("", 1)) == 0);
    CHECK(read(file(R"("__metadata__":{"format":"pt"},)", 1)) == 1);
    const std::string old = R"("__metadata__":{"normlab":"1","normlab.checksum":"6f63bdaad481b7df"},)";
    CHECK(read(file(old, 1)) == 1);
    CHECK(contains(error_of([&] { read(file(old, -1)); }), "is damaged: the checksum of its numbers is wrong"));
    CHECK(contains(error_of([&] { read(file(R"("__metadata__":{"normlab":"1"},)", 1)); }), "it has no checksum"));
}

TEST_CASE("the checksum is that of the catalogues, and one however its bytes are cut", "[state]") {
    Crc64 sum;
    sum.add("123456789");
    CHECK(sum.hex() == "e9c6d914c4b8d9ca");  // the check value of CRC-64/REDIS
    const std::string text = "What is said in pieces is said in one.";
    Crc64 whole;
    whole.add(text);
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        Crc64 pieces;
        pieces.add(text.substr(0, cut)), pieces.add(text.substr(cut));
        CHECK(pieces.hex() == whole.hex());
    }
}

TEST_CASE("a pipe is no file to read a state from", "[state]") {
    const TemporaryFolder folder;
    REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
    REQUIRE(contains(error_of([&] { read_safetensors(folder / "pipe"); }), "is a device or a pipe"));
}

TEST_CASE("numbers of sixteen bits become those that they stand for", "[state]") {
    const TemporaryFolder folder;
    // By IEEE 754: 1, -2, the largest half, the smallest above 0, infinity; and the upper halves of floats.
    const std::vector<std::uint16_t> half = {0x3C00, 0xC000, 0x7BFF, 0x0001, 0x7C00}, upper = {0x3F80, 0xC040};
    const std::string header = R"({"h":{"dtype":"F16","shape":[5],"data_offsets":[0,10]},)"
                               R"("b":{"dtype":"BF16","shape":[2],"data_offsets":[10,14]}})";
    const std::uint64_t length = header.size();
    std::string file(reinterpret_cast<const char*>(&length), 8);
    file += header;
    for (const auto* numbers : {&half, &upper})
        file.append(reinterpret_cast<const char*>(numbers->data()), 2 * numbers->size());
    std::ofstream(folder / "half.safetensors", std::ios::binary) << file;
    const State state = read_safetensors(folder / "half.safetensors");
    const auto infinity = std::numeric_limits<Scalar>::infinity();
    CHECK(state.tensors.at(0).tensor.values() ==
          std::vector<Scalar>{1, -2, 65504, static_cast<Scalar>(std::ldexp(1, -24)), infinity});
    CHECK(state.tensors.at(1).tensor.values() == std::vector<Scalar>{1, -3});
}

TEST_CASE("a file of torch.save is called what it is, with the command that converts it", "[state]") {
    const TemporaryFolder folder;
    for (const char* begin : {"PK\x03\x04", "\x80\x02\x8a\x0a"}) {
        std::ofstream(folder / "net.pt", std::ios::binary) << begin << "more";
        const std::string error = error_of([&] { read_safetensors(folder / "net.pt"); });
        CHECK(contains(error, "net.pt was written by torch.save: a pickle"));
        CHECK(contains(error, "weights_only=True), \"net.safetensors\")'"));
    }
}
