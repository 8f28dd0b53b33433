// Which images a verb looks at: a model's own data set or another, as they are or corrupted.
#pragma once

#include "lab/model/model_file.h"
#include "lab/verbs/command_line.h"

namespace normlab {

struct DataChoice {
    std::string data, dir;
    std::vector<std::string> corrupt;

    void define(Arguments& arguments);  // --data, --dir, --corrupt

    std::vector<std::string> words() const;  // of a command line that chooses the same

    // The images; an Error, which `op` begins, where they are of another shape than the model's or of other classes.
    Split load(const Model& model, const std::string& op) const;
    Split load_unlabelled(const Model& model, const std::string& op) const;  // the classes do not matter
};

}  // namespace normlab
