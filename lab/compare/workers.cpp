#include "lab/compare/workers.h"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

#include "framework/support/error.h"
#include "lab/run/stop_request.h"

namespace normlab {
namespace {

constexpr int kMoment = 100;  // milliseconds

// What goes through the pipe, as it lies in memory, as both ends are the same program; a text follows.
struct Message {
    News::Kind kind;
    Progress progress;
    std::size_t length;
};
static_assert(std::is_trivially_copyable_v<Message>);

bool write_whole(int pipe, const void* data, std::size_t size) {
    for (const char* at = static_cast<const char*>(data); size > 0;) {
        const ssize_t written = ::write(pipe, at, size);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        at += written, size -= static_cast<std::size_t>(written);
    }
    return true;
}

// False at the end.
bool read_whole(int pipe, void* data, std::size_t size) {
    for (char* at = static_cast<char*>(data); size > 0;) {
        const ssize_t got = ::read(pipe, at, size);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        at += got, size -= static_cast<std::size_t>(got);
    }
    return true;
}

class Teller : public Observer {
  public:
    explicit Teller(int pipe) : pipe_(pipe) {}
    void warning(const std::string& text) override { tell(News::Kind::warning, text); }
    void failed(const std::string& text) { tell(News::Kind::failed, text); }
    void epoch(const EpochMetrics&, const Model&, const ImageSet&, const Evaluation&) override {
        tell(News::Kind::tested);
    }
    void step(const Progress& progress) override {
        if (Clock::now() - last_ < std::chrono::milliseconds(kMoment)) return;
        tell(News::Kind::step, "", progress);
        last_ = Clock::now();
    }

  private:
    void tell(News::Kind kind, const std::string& text = "", const Progress& progress = {}) {
        const Message message{kind, progress, text.size()};
        const bool told = write_whole(pipe_, &message, sizeof message) && write_whole(pipe_, text.data(), text.size());
        if (!told && !std::exchange(alone_, true)) ::raise(SIGTERM);
    }
    using Clock = std::chrono::steady_clock;
    int pipe_;
    Clock::time_point last_{};
    bool alone_ = false;  // nobody listens any more
};

[[noreturn]] void work_and_end(int pipe, const Workers::Work& work) noexcept {
    std::signal(SIGPIPE, SIG_IGN);
    const StopRequest stop;
    Teller teller(pipe);
    try {
        work(StopRequest::asked(), teller);
    } catch (const std::bad_alloc&) {
        teller.failed("there is not enough memory; a smaller batch or fewer --jobs need less");
    } catch (const std::exception& error) {
        teller.failed(error.what());
    }
    ::_exit(0);
}

// Why a process ended; empty if in order.
std::string end_of(pid_t process) {
    int state = 0;
    while (::waitpid(process, &state, 0) < 0 && errno == EINTR) continue;
    if (WIFSIGNALED(state))
        return "its process was ended by signal " + std::to_string(WTERMSIG(state)) + " (" +
               ::strsignal(WTERMSIG(state)) + ")";
    return WEXITSTATUS(state) == 0 ? "" : "its process ended with status " + std::to_string(WEXITSTATUS(state));
}

}  // namespace

Workers::~Workers() {
    stop();
    for (const Worker& worker : workers_) {
        end_of(worker.process);
        ::close(worker.pipe);
    }
}

void Workers::start(std::size_t run, const Work& work) {
    if (!one_thread_) one_thread_.emplace(1);
    int ends[2];
    require(::pipe(ends) == 0, "compare", "cannot make a pipe: ", std::strerror(errno));
    const pid_t process = ::fork();
    const int error = errno;
    if (process == 0) {
        ::close(ends[0]);
        for (const Worker& other : workers_) ::close(other.pipe);
        work_and_end(ends[1], work);
    }
    ::close(ends[1]);
    if (process < 0) ::close(ends[0]);
    require(process > 0, "compare", "cannot start a process for a run: ", std::strerror(error));
    workers_.push_back({run, process, ends[0]});
}

void Workers::stop() const {
    for (const Worker& worker : workers_) ::kill(worker.process, SIGTERM);
}

std::vector<News> Workers::listen() {
    std::vector<pollfd> pipes;
    for (const Worker& worker : workers_) pipes.push_back({worker.pipe, POLLIN, 0});
    std::vector<News> news;
    if (::poll(pipes.data(), pipes.size(), kMoment) <= 0) return news;
    for (std::size_t i = pipes.size(); i-- > 0;)
        if (pipes[i].revents != 0) news.push_back(next_of(i));
    return news;
}

News Workers::next_of(std::size_t i) {
    const Worker worker = workers_[i];
    Message message;
    std::string text;
    if (read_whole(worker.pipe, &message, sizeof message)) {
        text.resize(message.length);
        if (read_whole(worker.pipe, text.data(), text.size()))
            return {worker.run, message.kind, message.progress, text};
    }
    workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(i));
    ::close(worker.pipe);
    return {worker.run, News::Kind::ended, {}, end_of(worker.process)};
}

}  // namespace normlab
