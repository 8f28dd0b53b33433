// The module that this thread is working for: the innermost one called. Its deferred values, and the gradients of what
// it recorded, are also computed for it, no matter what asks for them. So the time of every kernel has an owner.
#pragma once

#include <vector>

namespace normlab {

class Module;

class ModuleScope {
  public:
    explicit ModuleScope(const Module* module);  // until the end of this scope
    ~ModuleScope();
    ModuleScope(const ModuleScope&) = delete;
    ModuleScope& operator=(const ModuleScope&) = delete;
    static const Module* current();  // null outside of all modules

  private:
    const Module* module_;
    static inline thread_local std::vector<const ModuleScope*>
        in_scope_;  // the innermost last; they may end in any order
};

}  // namespace normlab
