// The module that this thread is working for: the innermost one called. Its deferred values, and the gradients of what
// it recorded, are also computed for it, no matter what asks for them. So the time of every kernel has an owner.
#pragma once

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
    const Module* outer_;
};

}  // namespace normlab
