// Keeps one word in a session cookie of this browser; requests from other sites do not carry it.
export default function ({ data }) {
  const safe = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${data.name}=${data.value}; Path=/; SameSite=Strict${safe}`;
}
