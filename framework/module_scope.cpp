#include "framework/module_scope.h"

#include <utility>

namespace normlab {

namespace {
thread_local const Module* at_work = nullptr;
}

AtWork::AtWork(const Module* module) : outer_(std::exchange(at_work, module)) {}
AtWork::~AtWork() {
    at_work = outer_;
}
const Module* AtWork::module() {
    return at_work;
}

}  // namespace normlab
