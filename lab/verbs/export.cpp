#include <iostream>

#include "framework/support/files.h"
#include "lab/model/fold.h"
#include "lab/onnx/export.h"
#include "lab/verbs/model_choice.h"
#include "lab/verbs/verbs.h"

namespace normlab {
namespace {

struct ExportGiven {
    ModelChoice model;
    std::string onnx;
    bool fold = false;
};

int export_model(const ExportGiven& given) {
    if (given.onnx.empty()) throw UsageError("export needs --onnx: the file to write");
    Model model = given.model.load();
    if (given.fold) model = folded(model, plan_fold(model));
    const std::string file = onnx::to_onnx(model);
    replace_file(given.onnx, file);
    std::cout << "  onnx    " << given.onnx << '\n';
    return 0;
}

}  // namespace

Work define_export(Arguments& arguments) {
    const auto given = std::make_shared<ExportGiven>();
    given->model.define(arguments);
    arguments.option("--onnx", "FILE", given->onnx, "the ONNX file to write; needed");
    arguments.flag("--fold", given->fold, "batch norms become part of the convolutions before them");
    arguments.footer("example:\n  normlab export runs/digits-lenet --onnx digits.onnx --fold");
    return [given] { return export_model(*given); };
}

}  // namespace normlab
