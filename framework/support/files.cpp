#include "framework/support/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>

#include "framework/support/error.h"

namespace normlab {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".unfinished";

template <class... Parts>
[[noreturn]] void fail_as_system_says(const Parts&... parts) {
    const int error = errno;
    fail("file", parts..., ": ", std::strerror(error));
}

// An open file, or none if it could not be opened.
class Descriptor {
  public:
    Descriptor(const fs::path& path, int how) : file_(::open(path.c_str(), how | O_CLOEXEC, 0666)) {}
    ~Descriptor() {
        if (file_ >= 0) ::close(file_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    explicit operator bool() const { return file_ >= 0; }
    int get() const { return file_; }

  private:
    int file_;
};

void write_all(const Descriptor& file, const fs::path& path, std::string_view contents) {
    while (!contents.empty()) {
        const ssize_t written = ::write(file.get(), contents.data(), contents.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail_as_system_says("cannot write ", path.string());
        contents.remove_prefix(static_cast<std::size_t>(written));
    }
}

void lock(const Descriptor& file) {
    while (::flock(file.get(), LOCK_EX) != 0 && errno == EINTR) continue;
}

// Whether an open file still has a name.
bool is_there(const Descriptor& file) {
    struct stat status {};
    return ::fstat(file.get(), &status) == 0 && status.st_nlink > 0;
}

// A temporary file beside the one it is to replace, under a name that no other writer uses. Its writer holds a lock on
// it, which the system releases when the process ends: an unlocked file was left behind. It is removed unless it became
// the other file.
class Unfinished {
  public:
    explicit Unfinished(const fs::path& target) {
        for (int number = 1; !file_; ++number) {
            path_ = target;
            path_ += "." + std::to_string(number) + std::string(kEnding);
            file_.emplace(path_, O_WRONLY | O_CREAT | O_EXCL);
            if (!*file_ && errno != EEXIST) fail_as_system_says("cannot create ", path_.string());
            // Before it is locked, another process may take it for one left behind and remove it.
            if (*file_) lock(*file_);
            if (!*file_ || !is_there(*file_)) file_.reset();
        }
    }
    ~Unfinished() {
        if (!path_.empty()) ::unlink(path_.c_str());
    }
    Unfinished(const Unfinished&) = delete;
    Unfinished& operator=(const Unfinished&) = delete;

    void write(std::string_view contents) const {
        write_all(*file_, path_, contents);
        if (::fsync(file_->get()) != 0) fail_as_system_says("cannot write ", path_.string());
    }

    void become(const fs::path& name) {
        if (::rename(path_.c_str(), name.c_str()) != 0) fail_as_system_says("cannot replace ", name.string());
        path_.clear();
    }

  private:
    fs::path path_;
    std::optional<Descriptor> file_;
};

// Whether `file` is a name that Unfinished gives for `target`: "a.html.2.unfinished" for "a.html", or
// "a.html.unfinished".
bool is_unfinished(std::string_view file, std::string_view target) {
    if (!file.starts_with(target) || !file.ends_with(kEnding) || file.size() < target.size() + kEnding.size())
        return false;
    const auto number = file.substr(target.size(), file.size() - target.size() - kEnding.size());
    return number.find_first_not_of("0123456789", 1) == std::string_view::npos && (number.empty() || number[0] == '.');
}

fs::path directory_of(const fs::path& path) {
    return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

// A new name survives a crash only once its directory is on disk, too.
void sync_directory(const fs::path& directory) {
    const Descriptor handle(directory, O_RDONLY | O_DIRECTORY);
    if (handle) ::fsync(handle.get());
}

// Where symbolic links lead, even if nothing is there yet.
fs::path followed(const fs::path& path) {
    constexpr int kMostLinks = 40;  // as many as Linux follows
    fs::path at = path;
    std::error_code ignored;
    for (int links = 0; fs::is_symlink(at, ignored); ++links) {
        require(links < kMostLinks, "file", "cannot write ", path.string(), ": its symbolic links form a circle");
        at = directory_of(at) / fs::read_symlink(at);
    }
    return at;
}

}  // namespace

void replace_file(const fs::path& path, std::string_view contents) {
    std::error_code ignored;
    const fs::file_status status = fs::status(path, ignored);
    require(!fs::is_directory(status), "file", "cannot write ", path.string(),
            ": it is a directory; name a file in it");
    if (fs::exists(status) && !fs::is_regular_file(status)) {
        const Descriptor file(path, O_WRONLY);
        if (!file) fail_as_system_says("cannot write ", path.string());
        return write_all(file, path, contents);
    }
    const fs::path target = followed(path);
    remove_unfinished(target);
    Unfinished file(target);
    file.write(contents);
    file.become(target);
    sync_directory(directory_of(target));
}

void remove_unfinished(const fs::path& path) {
    const std::string name = path.filename().string();
    std::error_code problem;
    for (fs::directory_iterator at(directory_of(path), problem), end; !problem && at != end; at.increment(problem)) {
        if (!is_unfinished(at->path().filename().string(), name)) continue;
        const Descriptor file(at->path(), O_RDWR | O_NOFOLLOW | O_NONBLOCK);
        if (file && ::flock(file.get(), LOCK_EX | LOCK_NB) == 0 && is_there(file)) ::unlink(at->path().c_str());
    }
}

bool is_hidden(const fs::path& path) {
    return path.filename().string().starts_with('.');
}

std::string read_file(const fs::path& path) {
    std::error_code ignored;
    require(!fs::is_directory(path, ignored), "file", "cannot read ", path.string(), ": it is a directory");
    std::ifstream in(path, std::ios::binary);
    if (!in) fail_as_system_says("cannot read ", path.string());
    std::string contents(std::istreambuf_iterator<char>(in), {});
    if (in.bad()) fail_as_system_says("cannot read ", path.string());
    return contents;
}

}  // namespace normlab
