"use strict";

// The bar above GraphiQL: sign in, sign out, language. The access token stays in this tab's session storage.
(() => {
  const TEXTS = {
    "zh-CN": {
      login: "账号", password: "密码", signIn: "登录", signOut: "退出",
      failed: "登录失败", expired: "登录已失效，请重新登录", unreachable: "无法连接服务器",
    },
    "zh-TW": {
      login: "帳號", password: "密碼", signIn: "登入", signOut: "登出",
      failed: "登入失敗", expired: "登入已失效，請重新登入", unreachable: "無法連接伺服器",
    },
    en: {
      login: "Account", password: "Password", signIn: "Sign in", signOut: "Sign out",
      failed: "Signing in failed", expired: "The session has ended: sign in again", unreachable: "The server can't be reached",
    },
  };
  const SIGN_IN = `mutation SignIn($login: String!, $password: String!) {
    signIn(input: { login: $login, password: $password }) { accessToken refusals { message } }
  }`;
  const WELCOME = `# Kehu: 客户管理规程 · customer-management regulations
# Sign in above, then write a query here and run it with Ctrl-Enter.
# 请先在上方登录，再在此编写查询，按 Ctrl-Enter 运行。

query {
  __typename
}
`;

  const element = (id) => document.getElementById(id);
  const stored = (key) => sessionStorage.getItem("kehu." + key);
  const store = (key, value) =>
    value === null ? sessionStorage.removeItem("kehu." + key) : sessionStorage.setItem("kehu." + key, value);
  const language = () => (stored("language") in TEXTS ? stored("language") : "zh-CN");
  const notice = (key, detail) => {
    element("notice").textContent = [key && TEXTS[language()][key], detail].filter(Boolean).join(": ");
  };

  const show = () => {
    const texts = TEXTS[language()];
    document.documentElement.lang = language();
    element("language").value = language();
    element("login").placeholder = texts.login;
    element("password").placeholder = texts.password;
    document.querySelectorAll("[data-text]").forEach((node) => (node.textContent = texts[node.dataset.text]));
    element("sign-in").hidden = stored("token") !== null;
    element("signed-in").hidden = stored("token") === null;
    element("who").textContent = stored("login") ?? "";
  };

  const signOut = () => {
    store("token", null);
    store("login", null);
    show();
  };

  const send = (body, accept, headers = {}, signal = undefined) => {
    const token = stored("token");
    return fetch("/graphql", {
      method: "POST",
      signal,
      headers: {
        accept,
        "accept-language": language(),
        "content-type": "application/json",
        ...(token === null ? {} : { authorization: "Bearer " + token }),
        ...headers,
      },
      body: JSON.stringify(body),
    });
  };

  const checked = (response) => {
    if (response.status === 401 && stored("token") !== null) {
      signOut();
      notice("expired");
    }
    return response;
  };

  const post = async (body, headers) =>
    checked(await send(body, "application/graphql-response+json, application/json", headers)).json();

  // The answers of a subscription, as server-sent events bring them.
  async function* answers(body, headers, signal) {
    const response = checked(await send(body, "text/event-stream", headers, signal));
    if (!response.headers.get("content-type").startsWith("text/event-stream")) {
      yield await response.json();
      return;
    }
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let text = ""; ; ) {
      const { done, value } = await reader.read();
      if (done) return;
      const events = (text + value).split("\n\n");
      text = events.pop();
      for (const event of events) {
        if (event.startsWith("event: next\n")) yield JSON.parse(event.slice(event.indexOf("data:") + 5));
      }
    }
  }

  const follow = (body, headers) => {
    const ended = new AbortController();
    const coming = answers(body, headers, ended.signal);
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      next: () =>
        coming.next().catch((error) => {
          if (ended.signal.aborted) return { done: true, value: undefined };
          throw error;
        }),
      return: async (value) => {
        ended.abort();
        return { done: true, value };
      },
    };
  };

  const fetcher = (parameters, { headers, documentAST } = {}) => {
    const wanted = (definition) =>
      definition.operation === "subscription" &&
      (!parameters.operationName || definition.name?.value === parameters.operationName);
    return documentAST?.definitions.some(wanted) ? follow(parameters, headers) : post(parameters, headers);
  };

  element("sign-in").addEventListener("submit", async (event) => {
    event.preventDefault();
    const login = element("login").value;
    notice();
    try {
      const answer = await post({ query: SIGN_IN, variables: { login, password: element("password").value } });
      const payload = answer.data?.signIn;
      if (payload?.accessToken) {
        store("token", payload.accessToken);
        store("login", login);
        element("password").value = "";
      } else {
        notice("failed", payload?.refusals?.[0]?.message ?? answer.errors?.[0]?.message);
      }
    } catch {
      notice("unreachable");
    }
    show();
  });
  element("sign-out").addEventListener("click", () => {
    notice();
    signOut();
  });
  element("language").addEventListener("change", (event) => {
    store("language", event.target.value);
    show();
  });

  show();
  ReactDOM.createRoot(element("graphiql")).render(
    React.createElement(GraphiQL, {
      fetcher,
      defaultQuery: WELCOME,
      shouldPersistHeaders: false,
    }),
  );
})();
