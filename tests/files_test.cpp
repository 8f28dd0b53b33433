#include "framework/support/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <set>
#include <thread>

#include "tests/catch.h"
#include "tests/support.h"
#include "tests/temporary.h"

using namespace normlab;
using namespace normlab::test;
namespace fs = std::filesystem;

namespace {

std::set<std::string> names_in(const fs::path& folder) {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename().string());
    return names;
}

}  // namespace

TEST_CASE("writers of one file at once do not disturb each other, and it is whole at any time", "[files]") {
    const TemporaryFolder folder;
    const auto contents = [](int writer) { return std::string(100'000, static_cast<char>('a' + writer)); };
    replace_file(folder / "file", contents(0));
    std::vector<std::string> errors(4);
    std::vector<std::thread> writers;
    for (int writer = 0; writer < 4; ++writer)
        writers.emplace_back([&, writer] {
            for (int i = 0; i < 20 && errors[static_cast<std::size_t>(writer)].empty(); ++i)
                errors[static_cast<std::size_t>(writer)] =
                    error_of([&] { replace_file(folder / "file", contents(writer)); });
        });
    for (int i = 0; i < 20; ++i) {
        const std::string read = read_file(folder / "file");
        CHECK((read.size() == 100'000 && read == std::string(read.size(), read[0])));
    }
    for (std::thread& writer : writers) writer.join();
    CHECK(errors == std::vector<std::string>(4));
    CHECK(names_in(folder.path()) == std::set<std::string>{"file"});
}

TEST_CASE("what killed writers left is removed by the next, what is being written stays", "[files]") {
    const TemporaryFolder folder;
    for (const char* name : {"a.unfinished", "a.1.unfinished", "a.27.unfinished", "a.2.unfinished", "b.1.unfinished",
                             "a.x.unfinished", "a.unfinished.txt", "aa.unfinished"})
        std::ofstream(folder / name) << "left";
    const int writing = ::open((folder / "a.2.unfinished").c_str(), O_WRONLY | O_CLOEXEC);
    REQUIRE(::flock(writing, LOCK_EX) == 0);
    replace_file(folder / "a", "new");
    ::close(writing);
    CHECK(read_file(folder / "a") == "new");
    CHECK(names_in(folder.path()) == std::set<std::string>{"a", "a.2.unfinished", "b.1.unfinished", "a.x.unfinished",
                                                           "a.unfinished.txt", "aa.unfinished"});
}

TEST_CASE("a symbolic link is followed and stays, also where it leads to no file yet", "[files]") {
    const TemporaryFolder folder;
    fs::create_directories(folder / "there");
    replace_file(folder / "there/file", "old");
    fs::create_symlink("there/file", folder / "link");
    fs::create_symlink("link", folder / "link to link");
    fs::create_symlink("there/absent", folder / "dangling");
    replace_file(folder / "link to link", "new");
    replace_file(folder / "dangling", "born");
    CHECK(read_file(folder / "there/file") == "new");
    CHECK(read_file(folder / "there/absent") == "born");
    for (const char* link : {"link", "link to link", "dangling"}) CHECK(fs::is_symlink(folder / link));
    fs::create_symlink("circle", folder / "circle");
    CHECK(contains(error_of([&] { replace_file(folder / "circle", "x"); }), "its symbolic links form a circle"));
}

TEST_CASE("a device and a pipe are written to, not replaced", "[files]") {
    const TemporaryFolder folder;
    const fs::path pipe = folder / "pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    replace_file(pipe, "through it");
    char read[32] = {};
    CHECK(::read(reader, read, sizeof read) == 10);
    ::close(reader);
    CHECK(std::string(read) == "through it");
    CHECK(fs::is_fifo(pipe));
    fs::create_symlink("/dev/null", folder / "null");
    replace_file(folder / "null", "gone");
    CHECK(fs::is_character_file("/dev/null"));
    CHECK(fs::is_symlink(folder / "null"));
}
