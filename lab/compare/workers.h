// Runs that train beside each other, each in a process of its own: a copy of this one, which has its plan and its
// images without loading them again, while what the engine keeps for a process, threads and memory, is the copy's
// alone. The copy tells through a pipe what its run reports. Once nobody listens any more, it stops as after Ctrl-C.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "framework/support/threads.h"
#include "lab/run/observer.h"

namespace normlab {

// What a worker tells of its run. The last that it tells is that it has ended, with why if not in order.
struct News {
    enum class Kind { step, tested, warning, failed, ended };
    std::size_t run = 0;
    Kind kind = Kind::ended;
    Progress progress = {};
    std::string text = {};
};

class Workers {
  public:
    using Work = std::function<void(const std::atomic<bool>& stop, Observer& observer)>;

    Workers() = default;
    ~Workers();  // stops those that are left, and waits for them
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    std::size_t count() const { return workers_.size(); }
    void start(std::size_t run, const Work& work);
    void stop() const;           // as Ctrl-C does
    std::vector<News> listen();  // waits for news, at most a tenth of a second

  private:
    struct Worker {
        std::size_t run;
        pid_t process;
        int pipe;
    };
    News next_of(std::size_t worker);

    std::vector<Worker> workers_;
    std::optional<ThreadCount> one_thread_;  // a copy of a process has only the thread that makes it
};

}  // namespace normlab
