#include "framework/module_scope.h"

#include <utility>

namespace normlab {

namespace {
thread_local const Module* current_module = nullptr;
}

ModuleScope::ModuleScope(const Module* module) : outer_(std::exchange(current_module, module)) {}
ModuleScope::~ModuleScope() {
    current_module = outer_;
}
const Module* ModuleScope::current() {
    return current_module;
}

}  // namespace normlab
