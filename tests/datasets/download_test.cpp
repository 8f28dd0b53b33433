#include "datasets/download.h"

#include <thread>

#include "datasets/cifar.h"
#include "datasets/sha256.h"
#include "datasets/unpack.h"
#include "framework/support/files.h"
#include "tests/catch.h"
#include "tests/datasets/data_files.h"
#include "tests/datasets/http_server.h"
#include "tests/lab/child.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;
namespace fs = std::filesystem;

namespace {

std::string tar_header(const std::string& name, const std::string& size) {
    std::string header(512, '\0');
    header.replace(0, name.size(), name)
        .replace(124, size.size(), size)
        .replace(148, 8, 8, ' ')
        .replace(156, 1, "0")
        .replace(257, 5, "ustar");
    unsigned sum = 0;
    for (const char byte : header) sum += static_cast<unsigned char>(byte);
    char digits[8];
    std::snprintf(digits, sizeof digits, "%06o", sum);
    header.replace(148, 8, digits, 8);
    return header;
}

std::string tar_entry(const std::string& name, const std::string& contents) {
    char size[12];
    std::snprintf(size, sizeof size, "%011zo", contents.size());
    return tar_header(name, size) + contents + std::string((512 - contents.size() % 512) % 512, '\0');
}

std::string sha256(const std::string& text) {
    Sha256 sum;
    sum.add(text);
    return sum.hex();
}

using Files = HttpServer::Files;
using Texts = std::vector<std::string>;

// Larger than what a connection takes at once.
std::string large_file() {
    std::string contents;
    for (int line = 0; line < 100000; ++line) contents += std::to_string(line) + "\n";
    return contents;
}

RemoteSet one_file(const Texts& mirrors, const std::string& contents) {
    return {"mine", mirrors, {{"a", sha256(contents)}}, ""};
}

Texts files_in(const fs::path& dir) {
    Texts names;
    for (const auto& entry : fs::directory_iterator(dir)) names.push_back(entry.path().filename().string());
    std::ranges::sort(names);
    return names;
}

// The loopback is asked directly, whatever the way to the world is.
const int no_proxy = ::setenv("no_proxy", "127.0.0.1", 1);

}  // namespace

TEST_CASE("SHA-256 gives the published sums") {  // FIPS 180-4's examples, and a million times "a"
    REQUIRE(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    REQUIRE(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    REQUIRE(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    REQUIRE(sha256(std::string(1000000, 'a')) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("a download takes the first mirror that has the file and ends in a folder that can be read") {
    const Scratch server, dir;
    write_cifar10(server, "");
    std::string tar;
    for (const char* file : {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
                             "data_batch_5.bin", "test_batch.bin"})
        tar += tar_entry(std::string("cifar-10-batches-bin/") + file, read_file(server / file));
    const std::string archive = gzipped(tar + std::string(1024, '\0'));
    server.write("c.tar.gz", archive);
    const RemoteSet set{"cifar10",
                        {"file://" + (server / "absent").string(), "file://" + server.path().string()},
                        {{"c.tar.gz", sha256(archive)}},
                        "cifar-10-batches-bin"};
    dir.write("c.tar.gz.part", archive.substr(0, archive.size() / 2));
    dir.write("cifar-10-batches-bin.part/rest", "of an interrupted run");
    std::string said;
    download(set, dir.path(), {.say = [&](const std::string& text) { said += text + "\n"; }});
    REQUIRE(contains(said, "resuming file://" + (server / "c.tar.gz").string()));
    REQUIRE(load_cifar10(dir.path()).train.size() == 5);
    REQUIRE(std::distance(fs::directory_iterator(dir.path()), {}) == 1);
    fs::remove(server / "c.tar.gz");
    REQUIRE(download(set, dir.path()) == dir.path());  // is there already
}

TEST_CASE("a download that is not the published file leaves nothing behind") {
    const Scratch server, dir;
    const std::string mirror = "file://" + server.path().string();
    server.write("a", "right");
    const RemoteSet set{"mine", {mirror}, {{"a", sha256("right")}}, ""};
    dir.write("a.part", "wrong and longer");  // cannot be gone on with
    download(set, dir.path());
    REQUIRE(read_file(dir / "a") == "right");
    dir.write("a", "changed");
    REQUIRE(contains(error_of([&] { download(set, dir.path()); }), "is there, but it is not the published file"));
    REQUIRE(read_file(dir / "a") == "changed");
    fs::remove(dir / "a");
    server.write("a", "wrong");
    REQUIRE(contains(
        error_of([&] { download(set, dir.path()); }),
        "cannot fetch a: " + mirror + "/a: expected SHA-256 " + sha256("right") + ", found " + sha256("wrong")));
    fs::remove(server / "a");
    REQUIRE(contains(error_of([&] { download(set, dir.path()); }), "curl ended with status 37 (no such file)"));
    REQUIRE(fs::is_empty(dir.path()));
    REQUIRE(contains(error_of([] { remote_set("imagenet"); }), "known: mnist, fashion_mnist, cifar10 or cifar100"));
}

TEST_CASE("a download that breaks off leaves only a part, and the next one fetches the rest") {
    const std::string contents = large_file(), half = std::to_string(contents.size() / 2);
    const Scratch dir;
    {
        const HttpServer breaks(Files{{"a", contents}}, contents.size() / 2);
        const RemoteSet set = one_file({breaks.address()}, contents);
        const std::string error = error_of([&] { download(set, dir.path()); });
        REQUIRE(contains(error, "curl ended with status 18 (the connection broke); run again to resume"));
        REQUIRE(files_in(dir.path()) == Texts{"a.part"});
        REQUIRE(read_file(dir / "a.part") == contents.substr(0, contents.size() / 2));
    }
    const HttpServer server(Files{{"a", contents}});
    download(one_file({server.address()}, contents), dir.path());
    REQUIRE(server.requests() == Texts{"a from " + half});
    REQUIRE(files_in(dir.path()) == Texts{"a"});
    REQUIRE(read_file(dir / "a") == contents);
    download(one_file({server.address()}, contents), dir.path());
    REQUIRE(server.requests().size() == 1);  // what is there is not fetched again
}

TEST_CASE("the next mirror resumes where one breaks off") {
    const std::string contents = large_file();
    const Scratch dir;
    const HttpServer breaks(Files{{"a", contents}}, 1000), whole(Files{{"a", contents}});
    download(one_file({breaks.address(), whole.address()}, contents), dir.path());
    REQUIRE(whole.requests() == Texts{"a from 1000"});
    REQUIRE(read_file(dir / "a") == contents);
}

TEST_CASE("a mirror that is dead, has no such file, or another one, is passed over") {
    const Scratch dir;
    const LoopbackPort dead;
    const HttpServer empty(Files{}), other(Files{{"a", "another file"}}), right(Files{{"a", "the file"}});
    const Texts mirrors = {dead.address(), empty.address(), other.address(), right.address()};
    download(one_file(mirrors, "the file"), dir.path());
    REQUIRE(read_file(dir / "a") == "the file");
    REQUIRE(files_in(dir.path()) == Texts{"a"});
}

TEST_CASE("of two downloads into one folder the second waits, and finds the file there") {
    const std::string contents = large_file();
    const HttpServer server(Files{{"a", contents}});
    const Scratch dir;
    const RemoteSet set = one_file({server.address()}, contents);
    std::string errors[2];
    {
        std::jthread first([&] { errors[0] = error_of([&] { download(set, dir.path()); }); });
        std::jthread second([&] { errors[1] = error_of([&] { download(set, dir.path()); }); });
    }
    REQUIRE(errors[0] + errors[1] == "");
    REQUIRE(server.requests() == Texts{"a"});
    REQUIRE(read_file(dir / "a") == contents);
}

TEST_CASE("a part that is not the beginning of the file is fetched again") {
    const Scratch dir;
    const HttpServer server(Files{{"a", "the file"}});
    const RemoteSet set = one_file({server.address()}, "the file");
    const std::string part = GENERATE(as<std::string>{}, "the pile", "xxx", "longer than the file");
    dir.write("a.part", part);
    download(set, dir.path());
    REQUIRE(server.requests().size() == 2);
    REQUIRE(read_file(dir / "a") == "the file");
}

TEST_CASE("the verb data says what is wrong with each mirror, and leaves nothing that looks whole") {
    const std::string file = "train-images-idx3-ubyte.gz", contents = large_file();
    const Scratch place;
    const auto error_with = [&](const std::string& mirror) {
        const Ended outcome = run_normlab(place.path(), {"data", "mnist", "--dir", "set", "--mirror", mirror});
        REQUIRE(outcome.status == 1);
        REQUIRE(outcome.out.empty());
        REQUIRE(contains(outcome.err, "fetching " + mirror + file + "\n"));
        REQUIRE(contains(outcome.err, "normlab: [download] cannot fetch " + file + ": " + mirror + file + ": "));
        return outcome.err;
    };
    SECTION("nobody there") {
        const LoopbackPort dead;
        REQUIRE(contains(error_with(dead.address()), "curl ended with status 7 (no connection)\n"));
        REQUIRE(files_in(place / "set").empty());
    }
    SECTION("another file") {
        const HttpServer server(Files{{file, contents}});
        REQUIRE(contains(error_with(server.address()), ", found " + sha256(contents)));
        REQUIRE(files_in(place / "set").empty());
    }
    SECTION("half a file") {
        const HttpServer server(Files{{file, contents}}, contents.size() / 2);
        REQUIRE(contains(error_with(server.address()), "run again to resume\n"));
        REQUIRE(files_in(place / "set") == Texts{file + ".part"});
    }
}

TEST_CASE("an archive that is damaged or reaches out of its folder is refused") {
    const Scratch dir;
    const auto error = [&](const std::string& contents) {
        dir.write("a.tar.gz", contents);
        return error_of([&] { unpack_tar(dir / "a.tar.gz", dir / "into"); });
    };
    REQUIRE(contains(error(gzipped(tar_entry("../out", "x"))), "holds a file named \"../out\", which is refused"));
    REQUIRE(contains(error(gzipped(tar_entry("/out", "x"))), "holds a file named \"/out\", which is refused"));
    REQUIRE(contains(error(gzipped(std::string(512, 'x'))), "is not a tar file, or is damaged"));
    REQUIRE(contains(error(gzipped(tar_entry("a", "x").substr(0, 600))), "ends too early"));
    REQUIRE(contains(error(gzipped(tar_header("a", "77777777777"))), "ends too early"));  // 8 GiB, and none follows
    REQUIRE_FALSE(fs::exists(dir / "out"));
}
