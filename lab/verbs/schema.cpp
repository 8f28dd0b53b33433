#include <iostream>

#include "lab/compare/sweep.h"
#include "lab/config/schema_text.h"
#include "lab/verbs/verbs.h"

namespace normlab {
namespace {

int schema(const std::string& of) {
    if (!of.empty() && of != "compare")
        throw UsageError("schema: " + of + " has none; `compare` is the only word that may follow");
    std::cout << laid_out(of.empty() ? config_schema() : sweep_schema());
    return 0;
}

}  // namespace

Work define_schema(Arguments& arguments) {
    const auto of = std::make_shared<std::string>();
    arguments.optional_word("OF", *of, "compare: the schema of a comparison; default: that of a config");
    arguments.footer("example:\n  normlab schema > configs/schema.json");
    return [of] { return schema(*of); };
}

}  // namespace normlab
