// A disk that is full, read-only or broken, for a program that this library is preloaded into (LD_PRELOAD). Calls that
// change files are counted; one of them fails, and where so asked all later ones.
//   FAILING_DISK_CALL      which one, counted from 1; 0: none
//   FAILING_DISK_ERROR     with which errno. Where there is no room (ENOSPC) files can still be removed and renamed.
//   FAILING_DISK_HOW_LONG  "once" or "forever"
//   FAILING_DISK_COUNT     a file that is told, when the program ends, how many calls there were
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

struct iovec;

namespace {

long number(const char* name) {
    const char* text = std::getenv(name);
    return text == nullptr ? 0 : std::atol(text);
}

bool forever() {
    const char* text = std::getenv("FAILING_DISK_HOW_LONG");
    return text != nullptr && std::strcmp(text, "forever") == 0;
}

std::atomic<long> calls = 0;

// Counts a call; whether it fails. errno says then why.
bool fails() {
    static const long chosen = number("FAILING_DISK_CALL");
    const long call = ++calls;
    if (chosen == 0 || (forever() ? call < chosen : call != chosen)) return false;
    errno = static_cast<int>(number("FAILING_DISK_ERROR"));
    return true;
}

bool fails_to_rearrange() {
    return number("FAILING_DISK_ERROR") != ENOSPC && fails();
}

bool is_file(int descriptor) {
    struct stat status {};
    return descriptor > STDERR_FILENO && ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

// The function that this one stands in front of.
template <class Function>
Function* real(Function*, const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

[[gnu::destructor]] void tell_count() {
    const char* file = std::getenv("FAILING_DISK_COUNT");
    const auto open = real(&::open, "open");
    const auto write = real(&::write, "write");
    const int out = file == nullptr ? -1 : open(file, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    const std::string text = std::to_string(calls);
    if (out >= 0 && write(out, text.data(), text.size()) > 0) ::close(out);
}

}  // namespace

extern "C" {

int open(const char* path, int how, ...) {
    va_list more;
    va_start(more, how);
    const mode_t mode = (how & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    if ((how & O_ACCMODE) != O_RDONLY && fails()) return -1;
    return real(&::open, "open")(path, how, mode);
}

int open64(const char* path, int how, ...) {
    va_list more;
    va_start(more, how);
    const mode_t mode = (how & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    return open(path, how, mode);
}

FILE* fopen(const char* path, const char* how) {
    if (std::strpbrk(how, "wa+") != nullptr && fails()) return nullptr;
    return real(&::fopen, "fopen")(path, how);
}

FILE* fopen64(const char* path, const char* how) {
    return fopen(path, how);
}

ssize_t write(int file, const void* data, size_t size) {
    return is_file(file) && fails() ? -1 : real(&::write, "write")(file, data, size);
}

ssize_t writev(int file, const iovec* parts, int count) {
    return is_file(file) && fails() ? -1 : real(&writev, "writev")(file, parts, count);
}

int fsync(int file) {
    return fails() ? -1 : real(&::fsync, "fsync")(file);
}

int rename(const char* from, const char* to) {
    return fails_to_rearrange() ? -1 : real(&::rename, "rename")(from, to);
}

int link(const char* from, const char* to) {
    return fails() ? -1 : real(&::link, "link")(from, to);
}

int unlink(const char* path) {
    return fails_to_rearrange() ? -1 : real(&::unlink, "unlink")(path);
}

int remove(const char* path) {
    return fails_to_rearrange() ? -1 : real(static_cast<int (*)(const char*)>(&::remove), "remove")(path);
}

int mkdir(const char* path, mode_t mode) {
    return fails() ? -1 : real(&::mkdir, "mkdir")(path, mode);
}
}
