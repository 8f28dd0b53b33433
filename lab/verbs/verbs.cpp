#include "lab/verbs/verbs.h"

#include "lab/config/model_path.h"

namespace normlab {

const std::vector<Verb>& verbs() {
    static const std::vector<Verb> all = {
        {"train", "train the model that a config describes", define_train, true},
        {"compare", "train variants of a config and compare them", define_compare, true},
        {"claims", "what people believe about normalization, examined", define_claims},
        {"eval", "loss and accuracy of a model on a test set", define_eval},
        {"bn", "the running statistics of a model: reset, re-estimate, freeze, fold", define_bn},
        {"doctor", "what is wrong with the normalization in a model", define_doctor},
        {"predict", "what a model sees in image files", define_predict},
        {"summary", "a net's layers: shapes, parameters, multiply-adds", define_summary},
        {"bench", "how fast a net trains or answers", define_bench},
        {"data", "download a published data set", define_data},
        {"export", "a model as an ONNX file, for other runtimes", define_export},
        {"report", "the report of a run again, or several runs side by side", define_report},
        {"runs", "a table of the runs in a folder", define_runs},
        {"lr", "which learning rates a config tolerates, with their curve", define_lr},
        {"look", "what a model looks for in an image: a page of pictures", define_look},
        {"schema", "the JSON Schema of a config, for editors", define_schema},
        {"completion", "a script that completes commands, or a page for man", define_completion},
    };
    return all;
}

void require_file(const std::filesystem::path& path, const std::string& what) {
    if (!std::filesystem::exists(path)) throw UsageError("there is no " + what + " " + path.string());
}

std::filesystem::path config_named(const std::string& name, const std::string& what) {
    std::error_code unknown;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", unknown);
    const auto installed = program.parent_path().parent_path() / "share" / "normlab" / name;
    if (!std::filesystem::exists(name) && std::filesystem::exists(installed)) return installed;
    require_file(name, what);
    return name;
}

std::filesystem::path folder_of(const std::string& out, const std::string& name) {
    return out.empty() ? std::filesystem::path("runs") / name : std::filesystem::path(out);
}

std::filesystem::path require_model(const std::filesystem::path& path) {
    require_file(path, "model");
    const std::filesystem::path file = model_file_of(path);
    if (!std::filesystem::exists(file))
        throw UsageError("the folder " + path.string() + " has no " + file.filename().string() +
                         ": it is no run's, or the run has not come to the end of its first epoch");
    return file;
}

}  // namespace normlab
