// The shop's customer, from the few lines of TOML a persona is written in.
export function customer(toml) {
  const values = {};
  for (const table of toml.split("[[value]]").slice(1)) {
    const get = (key) => JSON.parse(table.match(new RegExp(`^${key}\\s*=\\s*(".*")$`, "m"))?.[1] ?? '""');
    values[get("type")] ??= get("value");
  }
  return { id: values["account.user_id"], email: values["contact.email"], name: values["contact.name"], phone: values["contact.phone"] };
}
