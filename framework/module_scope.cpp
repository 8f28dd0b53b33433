#include "framework/module_scope.h"

namespace normlab {

ModuleScope::ModuleScope(const Module* module) : module_(module) {
    in_scope_.push_back(this);
}
ModuleScope::~ModuleScope() {
    std::erase(in_scope_, this);
}
const Module* ModuleScope::current() {
    return in_scope_.empty() ? nullptr : in_scope_.back()->module_;
}

}  // namespace normlab
