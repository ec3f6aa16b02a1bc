// One connection, as both ends of the protocol run it: a server's accepted one or a client's own.
//
// A coroutine reads, walks the frames in place and hands each burst to the sink; what was answered meanwhile
// leaves in one write. Everything here runs on the session's I/O thread but what says "any thread".
// Internal to remoting/: other rooms see remoting/connection.h.
#pragma once

#include "logging/logger.h"
#include "logging/rate_limit.h"
#include "remoting/connection.h"
#include "remoting/connection_limits.h"
#include "remoting/frame.h"
#include "remoting/half_frame.h"
#include "remoting/io_thread.h"
#include "remoting/memory_budget.h"
#include "remoting/outbox.h"
#include "remoting/tls.h"

#include <atomic>
#include <mutex>
#include <optional>
#include <unordered_map>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sys/uio.h>

namespace gantry::remoting {

// What the sessions of one server or client have in common. Outlives them.
struct SessionSetting {
  RequestSink& sink;
  ConnectionLimits limits;
  std::atomic<std::chrono::milliseconds> idle;  // limits.idle, but changeable
  MemoryBudget& budget;
  logging::Logger& log;
  logging::RateLimit alarms;
  // The last that is heard of a session, on its thread.
  std::function<void(const Session&)> ended;
};

// A request of ours as bytes, and who waits for the response.
struct EncodedRequest {
  Outbox frames{};
  std::int32_t opaque = 0;
  IoThread::Clock::time_point deadline{};
  Connection::ResponseHandler done{};  // none: one-way

  void fail(const boost::system::error_code& error) const {
    if (done) done(error);
  }
};

// Any thread.
EncodedRequest encode_request(const OutgoingRequest& request, std::chrono::milliseconds timeout,
                              Connection::ResponseHandler done);
EncodedRequest encode_notice(const OutgoingRequest& request, std::chrono::milliseconds timeout);

class Session final : public Connection,
                      public Responder::Port,
                      public std::enable_shared_from_this<Session> {
 public:
  using Clock = IoThread::Clock;
  using Socket = boost::asio::ip::tcp::socket;

  // The socket is connected and belongs to `thread`'s context.
  Session(IoThread& thread, SessionSetting& setting, Socket socket, std::string peer);
  ~Session() override;

  // A server's session looks at the first byte and then speaks TLS or not; a client's is told.
  void serve(const ServerTls& tls);
  void start_plain();
  void start_tls_client(TlsContext context, std::string server_name);

  std::uint64_t id() const override { return id_; }
  std::string_view peer() const override { return peer_; }
  std::size_t io_thread() const override { return thread_.index(); }
  void close(std::string_view reason) override;

  void answer(const Request& request, const Answer& answer) override;
  Responder answer_later(const Request& request) override;
  void answer_from_any_thread(const Command& request, const Answer& answer, bool set_aside) override;
  void set_one_aside() override;
  void request(const OutgoingRequest& request, std::chrono::milliseconds timeout,
               ResponseHandler done) override;
  void notify(const OutgoingRequest& request) override;

  bool is_of(const SessionSetting& setting) const { return &setting_ == &setting; }

  void send(EncodedRequest request);

  // No more requests are taken; the session ends when all it owes is answered, written, and has arrived.
  void drain();

  // Ends what has run out of time. Returns when to look again.
  Clock::time_point look_at_deadlines(Clock::time_point now);

  // Writes what has gathered, at once if the socket takes it.
  void flush();

 private:
  using TlsStream = boost::asio::ssl::stream<Socket&>;
  template <class T>
  using Task = boost::asio::awaitable<T>;

  // Why a session came to its end, and whether an operator should hear of it.
  struct End {
    std::string why;
    bool alarming = false;
  };

  struct Pending {
    Clock::time_point deadline;
    ResponseHandler done;
  };

  static Task<void> run(std::shared_ptr<Session> self, std::optional<Task<void>> secure);
  Task<void> choose_tls(const ServerTls& tls);
  Task<void> handshake(TlsContext context, boost::asio::ssl::stream_base::handshake_type side,
                       std::string server_name);
  Task<void> read_until_end();
  Task<void> read_tls();
  Task<void> wait_to_be_woken(Clock::duration at_most);
  Task<void> pause_reading();
  Task<void> wait_for_memory();
  static Task<void> write_rest(std::shared_ptr<Session> self);
  Task<void> write_some_tls();
  Task<void> finish();

  void receive();
  std::size_t most_to_read(std::size_t room) const;
  bool has_left();
  void take_bytes(std::shared_ptr<char[]> buffer, std::size_t capacity, std::size_t used);
  std::size_t hand_out_frames(const std::shared_ptr<char[]>& buffer, std::size_t used);
  void keep_rest(std::shared_ptr<char[]> buffer, std::size_t capacity, std::size_t from, std::size_t used);
  void settle(const Command& command, std::string_view body);
  void fail_pending(const boost::system::error_code& error);
  void take_late_answers();

  void begin_write();
  void write_now();  // as much of in_flight_ as the socket takes
  void end_write();
  void queue(Outbox&& frames);
  void after_adding();
  void end(std::string why, bool alarming = false);
  void abort(std::string why, bool alarming = true);
  void account();
  bool must_wait() const;
  bool is_at_rest() const;
  bool frame_may_grow();
  bool holds_scarce_memory() const;
  std::optional<Clock::time_point> frame_gives_up() const;
  void leave_when_done();
  bool has_all_arrived();
  void wake();
  void spawn(Task<void> task);

  IoThread& thread_;
  SessionSetting& setting_;
  const std::uint64_t id_;
  const std::string peer_;
  Socket socket_;
  std::optional<TlsStream> tls_;
  TlsContext tls_context_;  // outlives tls_
  boost::asio::steady_timer wake_;

  HalfFrame half_;  // receiving

  // Sending.
  bool is_secured_ = false;  // plain, or the TLS handshake is over: may be written to
  Outbox filling_;
  Outbox in_flight_;
  bool writing_ = false;
  bool in_burst_ = false;
  bool flush_is_coming_ = false;
  std::size_t accounted_ = 0;  // what the budget knows of us

  std::size_t unanswered_ = 0;
  std::size_t set_aside_ = 0;  // more that are unanswered, and may wait long

  std::mutex late_mutex_;
  Outbox late_;                   // guarded by late_mutex_: answers from other threads
  std::size_t late_answers_ = 0;  // guarded by late_mutex_, as the next: how many those are, unsent ones too
  std::size_t late_set_aside_ = 0;
  std::unordered_map<std::int32_t, Pending> pending_;

  bool draining_ = false;
  bool closed_ = false;
  std::optional<End> end_;
  std::optional<Clock::time_point> handshake_deadline_;
  std::optional<Clock::time_point> write_deadline_;
  std::optional<Clock::time_point> leave_deadline_;  // once all is answered while draining
  Clock::time_point last_activity_;
};

}  // namespace gantry::remoting
