#pragma once

#include <atomic>
#include <csignal>

namespace normlab {

// While it lives, the first Ctrl-C (or SIGTERM) is a request to stop; the second ends the program at once.
class StopRequest {
  public:
    StopRequest() {
        struct sigaction action {};
        action.sa_handler = [](int) { asked_ = true; };
        action.sa_flags = static_cast<int>(SA_RESETHAND);
        ::sigaction(SIGINT, &action, &interrupt_);
        ::sigaction(SIGTERM, &action, &terminate_);
    }
    ~StopRequest() {
        ::sigaction(SIGINT, &interrupt_, nullptr);
        ::sigaction(SIGTERM, &terminate_, nullptr);
    }
    StopRequest(const StopRequest&) = delete;
    StopRequest& operator=(const StopRequest&) = delete;
    static const std::atomic<bool>& asked() { return asked_; }

  private:
    static inline std::atomic<bool> asked_ = false;
    struct sigaction interrupt_ {
    }, terminate_{};
};

}  // namespace normlab
