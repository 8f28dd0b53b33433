// The verbs of the command line, one file each, which defines the options and what to do once they are read.
#pragma once

#include <algorithm>
#include <filesystem>
#include <memory>

#include "lab/verbs/command_line.h"

namespace normlab {

const std::vector<Verb>& verbs();

Work define_train(Arguments& arguments);
Work define_compare(Arguments& arguments);
Work define_claims(Arguments& arguments);
Work define_eval(Arguments& arguments);
Work define_bn(Arguments& arguments);
Work define_doctor(Arguments& arguments);
Work define_predict(Arguments& arguments);
Work define_summary(Arguments& arguments);
Work define_bench(Arguments& arguments);
Work define_data(Arguments& arguments);
Work define_export(Arguments& arguments);
Work define_report(Arguments& arguments);
Work define_runs(Arguments& arguments);
Work define_lr(Arguments& arguments);
Work define_look(Arguments& arguments);
Work define_completion(Arguments& arguments);
Work define_schema(Arguments& arguments);

// A config, an image or a model that the command line names: a UsageError if there is none.
void require_file(const std::filesystem::path& path, const std::string& what);

// A config that the command line names. Where the current folder has none of this name, one of the ready configs that
// lie beside an installed program is meant.
std::filesystem::path config_named(const std::string& name, const std::string& what = "config");

// The folder that --out names, by default runs/NAME.
std::filesystem::path folder_of(const std::string& out, const std::string& name);

// The model file that MODEL stands for: itself, or the one in the folder of a run.
std::filesystem::path require_model(const std::filesystem::path& path);

}  // namespace normlab
