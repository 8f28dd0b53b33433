// For whom this thread computes: the innermost module that was called. A value that it left open, and the gradients of
// what it recorded, are computed for it as well, whoever asks for them. So the time of every kernel has an owner.
#pragma once

namespace normlab {

class Module;

class AtWork {
  public:
    explicit AtWork(const Module* module);  // until the end of this scope
    ~AtWork();
    AtWork(const AtWork&) = delete;
    AtWork& operator=(const AtWork&) = delete;
    static const Module* module();  // null outside of all modules

  private:
    const Module* outer_;
};

}  // namespace normlab
