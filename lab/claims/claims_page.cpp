#include "lab/claims/claims_page.h"

#include "framework/kernels/kernels.h"
#include "framework/support/threads.h"
#include "lab/claims/claims_text.h"
#include "lab/report/page.h"

namespace normlab {

Json claims_json(const std::vector<Examination>& examined) {
    Json all = Json::array();
    for (const Examination& each : examined) all.push_back(to_json(each));
    return {{"version", 1}, {"machine", {{"kernels", kernels().name}, {"threads", threads()}}}, {"claims", all}};
}

std::string claims_page(const std::vector<Examination>& examined, Language language) {
    Html body;
    for (const Examination& each : examined)
        body += section(each.claim->question.in(language), "", tag("pre", {}, examination_text(each, language)));
    return to_html(Page{.title = "Normlab claims", .body = body});
}

}  // namespace normlab
