// Which images a verb uses: the model's own data set or another, as they are or corrupted.
#pragma once

#include "lab/model/model_file.h"
#include "lab/verbs/command_line.h"

namespace normlab {

struct DataChoice {
    std::string data, dir;
    std::vector<std::string> corrupt;

    void define(Arguments& arguments);  // --data, --dir, --corrupt

    std::vector<std::string> words() const;  // of a command line that makes the same choice

    // The images; an Error, which begins with `op`, if their shape or their classes are not the model's.
    Split load(const Model& model, const std::string& op) const;
    Split load_unlabelled(const Model& model, const std::string& op) const;  // the classes do not matter
};

}  // namespace normlab
