// Keeps one word in a cookie of this browser until it is closed; no other site's request carries it.
export default function ({ data }) {
  const safe = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${data.name}=${data.value}; Path=/; SameSite=Strict${safe}`;
}
