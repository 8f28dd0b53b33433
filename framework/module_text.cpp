#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include "framework/module.h"

namespace normlab {
namespace {

struct Held : Members {
    void parameter(const std::string& name, Var& parameter) override {
        if (parameter.defined()) shapes += (shapes.empty() ? "" : ", ") + name + " " + parameter.shape().text();
    }
    void child(const std::string&, Module&) override { has_children = true; }
    std::string shapes;  // of its parameters
    bool has_children = false;
};

}  // namespace

std::ostream& operator<<(std::ostream& out, Module& root) {
    struct Line {
        std::string name, kind, held;
    };
    std::vector<Line> lines;
    std::size_t names = 0, kinds = 0;
    for (const auto& [name, module] : modules(root)) {
        Held held;
        module->members(held);
        if (held.has_children && held.shapes.empty()) continue;  // its layers have lines of their own
        lines.push_back({name, module->kind(), held.shapes});
        names = std::max(names, name.size());
        kinds = std::max(kinds, lines.back().kind.size());
    }
    const auto padded = [](const std::string& text, std::size_t width) {
        return text + std::string(width + 2 - text.size(), ' ');
    };
    for (const Line& line : lines) {
        if (names > 0) out << padded(line.name, names);
        out << (line.held.empty() ? line.kind : padded(line.kind, kinds) + line.held) << '\n';
    }
    return out << count_parameters(root) << " parameters";
}

}  // namespace normlab
