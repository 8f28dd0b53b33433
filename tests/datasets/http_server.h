// A server of files for one test: on a thread of its own, at a port of the loopback that the system chooses.
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace normlab::test {

// A port of the loopback. Until somebody listens at it, it belongs to nobody else and refuses every connection.
class LoopbackPort {
  public:
    LoopbackPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in place{};
        place.sin_family = AF_INET;
        place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof place;
        auto* const address = reinterpret_cast<sockaddr*>(&place);
        if (::bind(socket_, address, size) != 0 || ::getsockname(socket_, address, &size) != 0)
            throw std::runtime_error("no port of the loopback is free");
        number_ = ntohs(place.sin_port);
    }
    ~LoopbackPort() { ::close(socket_); }
    LoopbackPort(const LoopbackPort&) = delete;
    LoopbackPort& operator=(const LoopbackPort&) = delete;

    int socket() const { return socket_; }
    std::string address() const { return "http://127.0.0.1:" + std::to_string(number_) + "/"; }

  private:
    int socket_, number_ = 0;
};

class HttpServer {
  public:
    // `cut_after`: the connection breaks after so many bytes of a file.
    using Files = std::map<std::string, std::string>;
    explicit HttpServer(Files files, std::size_t cut_after = std::string::npos)
        : files_(std::move(files)), cut_after_(cut_after) {
        if (::listen(port_.socket(), 8) != 0) throw std::runtime_error("cannot listen");
        thread_ = std::thread([this] { serve(); });
    }
    ~HttpServer() {
        ::shutdown(port_.socket(), SHUT_RDWR);  // wakes accept
        thread_.join();
    }

    std::string address() const { return port_.address(); }

    // What was asked for so far: "a" or, of a part, "a from 100".
    std::vector<std::string> requests() const {
        const std::lock_guard lock(mutex_);
        return requests_;
    }

  private:
    void serve() {
        for (int connection; (connection = ::accept4(port_.socket(), nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
            std::string request;
            for (char letters[4096]; request.find("\r\n\r\n") == std::string::npos;) {
                const ssize_t size = ::recv(connection, letters, sizeof letters, 0);
                if (size <= 0) break;
                request.append(letters, static_cast<std::size_t>(size));
            }
            const std::string answer = answer_to(request);
            for (std::size_t sent = 0; sent < answer.size();) {
                const ssize_t size = ::send(connection, answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
                if (size <= 0) break;
                sent += static_cast<std::size_t>(size);
            }
            ::close(connection);
        }
    }

    std::string answer_to(const std::string& request) {
        const std::size_t slash = request.find('/'), range = request.find("Range: bytes=");
        const std::string name = request.substr(slash + 1, request.find(' ', slash) - slash - 1);
        std::size_t start = 0;
        if (range != std::string::npos)
            std::from_chars(request.data() + range + 13, request.data() + request.size(), start);
        {
            const std::lock_guard lock(mutex_);
            requests_.push_back(name + (start > 0 ? " from " + std::to_string(start) : ""));
        }
        const auto found = files_.find(name);
        if (found == files_.end()) return head("404 Not Found", 0, "");
        const std::string& file = found->second;
        const std::string of_all = "/" + std::to_string(file.size());
        if (start > 0 && start >= file.size())
            return head("416 Range Not Satisfiable", 0, "Content-Range: bytes *" + of_all + "\r\n");
        const std::string body = file.substr(start, cut_after_);
        if (start == 0) return head("200 OK", file.size(), "") + body;
        const std::string from_to = std::to_string(start) + "-" + std::to_string(file.size() - 1);
        return head("206 Partial Content", file.size() - start, "Content-Range: bytes " + from_to + of_all + "\r\n") +
               body;
    }
    static std::string head(const std::string& status, std::size_t length, const std::string& more) {
        return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(length) + "\r\n" + more +
               "Connection: close\r\n\r\n";
    }

    const Files files_;
    const std::size_t cut_after_;
    LoopbackPort port_;
    mutable std::mutex mutex_;
    std::vector<std::string> requests_;
    std::thread thread_;
};

}  // namespace normlab::test
