// The program as a child process: what it wrote, how it ended, and signals to it.
#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "framework/support/files.h"
#include "tests/temporary.h"

namespace normlab::test {

class Child {
  public:
    // Starts `command` in `folder`.
    Child(std::filesystem::path folder, std::vector<std::string> command) : folder_(std::move(folder)) {
        std::vector<char*> words;
        for (std::string& word : command) words.push_back(word.data());
        words.push_back(nullptr);
        process_ = ::fork();
        if (process_ < 0) throw std::runtime_error("cannot fork");
        if (process_ > 0) return;
        send_to_file(STDOUT_FILENO, out_);
        send_to_file(STDERR_FILENO, err_);
        if (::chdir(folder_.c_str()) == 0) ::execvp(words[0], words.data());
        ::_exit(127);
    }
    ~Child() {
        if (running()) send(SIGKILL), wait();
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    bool running() {
        if (!ended_ && ::waitpid(process_, &state_, WNOHANG) == process_) ended_ = true;
        return !ended_;
    }
    pid_t process() const { return process_; }
    void send(int signal) { ::kill(process_, signal); }
    int wait() {  // the exit status; 128 and the signal that ended it
        if (!ended_) ::waitpid(process_, &state_, 0), ended_ = true;
        return WIFEXITED(state_) ? WEXITSTATUS(state_) : 128 + WTERMSIG(state_);
    }
    std::string out() const { return read_file(folder_ / out_); }
    std::string err() const { return read_file(folder_ / err_); }

  private:
    void send_to_file(int stream, const char* name) const {
        ::dup2(::open((folder_ / name).c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666), stream);
    }
    static constexpr const char *out_ = "stdout.txt", *err_ = "stderr.txt";
    std::filesystem::path folder_;
    pid_t process_ = -1;
    int state_ = 0;
    bool ended_ = false;
};

struct Ended {
    int status = 0;
    std::string out, err;
};

inline std::vector<std::string> normlab_command(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), NORMLAB_PROGRAM);
    return arguments;
}

inline Ended run(const std::filesystem::path& folder, std::vector<std::string> command) {
    Child child(folder, std::move(command));
    const int status = child.wait();
    return {status, child.out(), child.err()};
}
inline Ended run_normlab(const std::filesystem::path& folder, std::vector<std::string> arguments) {
    return run(folder, normlab_command(std::move(arguments)));
}

}  // namespace normlab::test
