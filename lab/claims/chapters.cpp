#include "lab/claims/chapters.h"

#include <algorithm>

namespace normlab {

namespace fs = std::filesystem;

const std::vector<Chapter>& chapters() {
    static const std::vector<Chapter> all = {
        {1, {"What batch norm does to a batch", "배치 정규화가 하는 일"}, {"formula"}},
        {2, {"Which numbers share a mean", "정규화의 축"}, {"axes"}},
        {3, {"Remembering: running statistics, eval()", "이동 통계와 eval()"}, {"running", "eval"}},
        {4, {"The experiment of 2015", "2015년의 실험"}, {"mnist-2015", "learning-rate"}},
        {5, {"Gradients through a norm", "정규화를 통과하는 기울기"}, {"gradient", "depth"}},
        {6, {"Scale does not matter, and what follows", "스케일 불변성"}, {"scale"}},
        {7, {"Why does it work? 2015 against 2018, and since", "왜 되는가"}, {"shift", "landscape"}},
        {8, {"Scale and shift again", "γ와 β"}, {"affine", "placement"}},
        {9, {"Small batches, and the other norms", "작은 배치"}, {"batch-size", "regularize"}},
        {10, {"After training: folding", "학습이 끝난 뒤"}, {"folding"}},
    };
    return all;
}

const Chapter* chapter_of(const std::string& claim) {
    const auto found = std::ranges::find_if(chapters(), [&](const Chapter& chapter) {
        return std::ranges::find(chapter.claims, claim) != chapter.claims.end();
    });
    return found == chapters().end() ? nullptr : &*found;
}

std::string link_to(const Chapter& chapter, Language language, const fs::path& page_folder) {
    const fs::path folder = fs::path("docs") / "guide" / (language == Language::en ? "en" : "ko");
    const std::string start = (chapter.number < 10 ? "0" : "") + std::to_string(chapter.number) + "_";
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(folder, none))
        if (entry.path().filename().string().starts_with(start))
            return fs::relative(entry.path(), page_folder, none).generic_string();
    return "";
}

}  // namespace normlab
