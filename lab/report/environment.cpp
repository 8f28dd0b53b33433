#include "lab/report/environment.h"

#include <sys/utsname.h>

#include <ctime>
#include <fstream>

#include "framework/kernels/kernels.h"
#include "framework/support/threads.h"

namespace normlab {
namespace {

std::string now() {
    const std::time_t time = std::time(nullptr);
    std::tm parts{};
    char text[20];
    return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", ::localtime_r(&time, &parts)));
}

// As the system calls it: "model name : AMD EPYC 7763", or where it does not the name of its instruction set.
std::string processor() {
    std::ifstream description("/proc/cpuinfo");
    for (std::string line; std::getline(description, line);)
        if (const std::size_t colon = line.find(": "); line.starts_with("model name") && colon != std::string::npos)
            return line.substr(colon + 2);
    utsname system{};
    return ::uname(&system) == 0 ? system.machine : "unknown";
}

}  // namespace

std::vector<Fact> environment() {
    return {{"normlab", NORMLAB_VERSION},
            {"last test", now()},
            {"processor", processor()},
            {"kernels", kernels().name},
            {"threads", std::to_string(threads())}};
}

}  // namespace normlab
