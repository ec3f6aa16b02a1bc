#include "namesrv/kv_file.h"

#include "remoting/json_reader.h"
#include "remoting/json_writer.h"

#include <string_view>
#include <utility>

namespace gantry::namesrv {

namespace {

using remoting::JsonKind;
using remoting::JsonReader;
using remoting::JsonScalar;

// Null stands for nothing, wherever Java may have had one.
bool enter_unless_null(JsonReader& in) {
  if (in.peek() != JsonKind::null) return in.enter_object();
  in.skip_value();
  return false;
}

void read_table(JsonReader& in, KvTable& table) {
  if (!enter_unless_null(in)) return;
  std::string_view key;
  while (in.next_member(key)) {
    JsonScalar value;
    if (!in.scalar(value) || value.kind == JsonKind::null) continue;
    table.insert_or_assign(std::string(key), std::string(value.text));
  }
}

void read_tables(JsonReader& in, KvTables& tables) {
  if (!enter_unless_null(in)) return;
  std::string_view name;
  while (in.next_member(name)) read_table(in, tables[std::string(name)]);
}

}  // namespace

boost::system::result<KvTables, FileError> load_kv_file(Files& files, const std::filesystem::path& file) {
  auto text = files.read(file);
  if (!text) return FileError{"cannot read the KV config " + file.string() + ": " + text.error().message()};
  KvTables tables;
  if (!text->has_value()) return tables;

  JsonReader in(**text);
  std::string_view key;
  in.enter_object();
  while (in.next_member(key)) {
    if (key == "configTable") {
      read_tables(in, tables);
    } else {
      in.skip_value();
    }
  }
  if (in.finish()) return tables;
  return FileError{"the KV config " + file.string() + " is damaged: " + in.error().str() +
                   ". Nothing was changed. Put a sound copy in its place (Apache's name server keeps the one "
                   "before as " +
                   file.filename().string() + ".bak), or move it away to start without KV entries"};
}

std::string kv_file_text(const KvTables& tables) {
  std::string text;
  remoting::JsonWriter json(text);
  json.begin_object().key("configTable").begin_object();
  for (const auto& [name, table] : tables) {
    json.key(name).begin_object();
    for (const auto& [key, value] : table) json.key(key).string(value);
    json.end_object();
  }
  json.end_object();
  json.end_object();
  return text;
}

}  // namespace gantry::namesrv
