// Chooses the kernel table: the fast one of the best instruction set that this processor has.
#include <cstdlib>
#include <string>
#include <vector>

#include "framework/kernels/kernels.h"
#include "framework/support/error.h"

namespace normlab {

// Each is the same source, framework/kernels/fast/, compiled for another instruction set.
namespace plain {
extern const Kernels table;
}
#ifdef NORMLAB_X86_LEVELS
namespace v2 {
extern const Kernels table;
}
namespace v3 {
extern const Kernels table;
}
namespace v4 {
extern const Kernels table;
}
#endif

namespace {

std::vector<const Kernels*> find_runnable() {
    std::vector<const Kernels*> found = {&reference_kernels(), &plain::table};
#ifdef NORMLAB_X86_LEVELS
    __builtin_cpu_init();
    const bool has_v2 = __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt");
    const bool has_v3 = has_v2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                        __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
    const bool has_v4 = has_v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                        __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                        __builtin_cpu_supports("avx512vl");
    if (has_v2) found.push_back(&v2::table);
    if (has_v3) found.push_back(&v3::table);
    if (has_v4) found.push_back(&v4::table);
#endif
    return found;
}

const Kernels& named(std::string_view name) {
    std::string known;
    for (const Kernels* table : runnable_kernels()) {
        if (name == table->name) return *table;
        known += known.empty() ? table->name : std::string(", ") + table->name;
    }
    fail("kernels", "no kernels named \"", name, "\" run on this processor; there are ", known);
}

// The table in use outside of all scopes, one for the whole process: ops call kernels() wherever they are, and a
// processor does not change while a program runs.
const Kernels*& chosen() {
    static const Kernels* table = [] {
        const char* wish = std::getenv("NORMLAB_KERNELS");
        return wish == nullptr || *wish == '\0' ? runnable_kernels().back() : &named(wish);
    }();
    return table;
}

struct Scope {
    const KernelsInUse* owner;
    const Kernels* table;
};
std::vector<Scope> in_scope;  // the newest last

}  // namespace

std::span<const Kernels* const> runnable_kernels() {
    static const std::vector<const Kernels*> found = find_runnable();
    return found;
}
const Kernels& kernels() {
    return in_scope.empty() ? *chosen() : *in_scope.back().table;
}
void use_kernels(std::string_view name) {
    chosen() = &named(name);
}

KernelsInUse::KernelsInUse(const Kernels& table) {
    in_scope.push_back({this, &table});
}
KernelsInUse::~KernelsInUse() {
    std::erase_if(in_scope, [this](const Scope& scope) { return scope.owner == this; });  // they may end in any order
}

}  // namespace normlab
