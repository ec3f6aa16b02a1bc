// The other end of a connection, for tests: a blocking socket that says exactly the bytes it is told to.
#pragma once

#include "remoting/field_arena.h"
#include "remoting/frame.h"
#include "remoting/header_codec.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

namespace gantry::remoting::testing {

// One frame, taken apart, owning its bytes.
struct Received {
  std::string bytes;
  FieldArena arena;
  Command command;
  std::string body;

  std::string field(std::string_view name) const {
    for (const Field& field : command.fields)
      if (field.name == name) return std::string(field.value);
    return {};
  }
};

inline std::string frame_of(const Command& command, HeaderRef header = {}, std::string_view body = {}) {
  std::string out;
  append_frame_head(out, command, header, body.size());
  return out.append(body);
}

// One for all peers: each of its own would cost three more files, and blocking calls need no loop.
inline boost::asio::io_context& peer_context() {
  static boost::asio::io_context context;
  return context;
}

// Blocks at most 20 s in a read or write; a server that never answers fails the test instead of hanging it.
class RawPeer {
 public:
  using tcp = boost::asio::ip::tcp;

  explicit RawPeer(const tcp::endpoint& server) : socket_(peer_context()) {
    socket_.connect(server);
    const timeval limit{20, 0};
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  }

  tcp::socket& socket() { return socket_; }

  void send(std::string_view bytes) { boost::asio::write(socket_, boost::asio::buffer(bytes)); }

  // The next frame, or none when the server closed.
  std::unique_ptr<Received> receive() {
    auto received = std::make_unique<Received>();
    std::string& bytes = received->bytes;
    bytes.resize(kFramePrefix);
    if (!read_into(bytes.data(), kFramePrefix)) return nullptr;
    const auto size = first_frame(bytes, ByteSize::mib(64)).value().size;
    bytes.resize(size);
    if (!read_into(bytes.data() + kFramePrefix, size - kFramePrefix)) return nullptr;
    const auto frame = first_frame(bytes, ByteSize::mib(64)).value();
    received->command = decode_header(frame.header, frame.serialize_type, received->arena).value();
    received->body = frame.body;
    return received;
  }

  std::unique_ptr<Received> ask(const Command& command, HeaderRef header = {}, std::string_view body = {}) {
    send(frame_of(command, header, body));
    return receive();
  }

  // True when the server has closed; whatever came before that is dropped.
  bool sees_the_end() {
    char bytes[4096];
    boost::system::error_code error;
    while (!error) socket_.read_some(boost::asio::buffer(bytes), error);
    return error == boost::asio::error::eof || error == boost::asio::error::connection_reset;
  }

 private:
  bool read_into(char* into, std::size_t size) {
    boost::system::error_code error;
    boost::asio::read(socket_, boost::asio::buffer(into, size), error);
    return !error;
  }

  tcp::socket socket_;
};

}  // namespace gantry::remoting::testing
