type Props = {
  /** Whom the link names, with the checksum; undefined where the link is malformed. */
  readonly account: string | undefined
  /** Where this page is. */
  readonly host: string
}

/** What somebody is told who follows a link to mail and may never have heard of it. It asks nobody for anything, and keeps nothing. */
export function Mail({ account, host }: Props) {
  return (
    <main class="front provide">
      <p class="brand">
        <img src="./stamp.svg" alt="" width="24" height="24" /> Pennypost
      </p>
      {account === undefined ? <Bad /> : <Good account={account} host={host} />}
    </main>
  )
}

function Bad() {
  return (
    <>
      <h1>This link says nothing</h1>
      <div class="notice trouble" role="alert">
        <p>
          It is not a link to mail, or not the whole of it. Do not trust who has sent it. If mail waits for an account
          of yours, the inbox shows it once you have signed in.
        </p>
      </div>
      <Inbox />
    </>
  )
}

function Good({ account, host }: { readonly account: string; readonly host: string }) {
  return (
    <>
      <h1>Mail may wait for you</h1>
      <p class="lead">Somebody may have written to this account, in a letter that is encrypted.</p>
      <p>
        <code class="whole">{account}</code>
      </p>
      <p>
        A link proves nothing: anybody can make one, for any account. Whether a letter waits, and from whom, the inbox
        says once you have signed in.
      </p>
      <p>Its key is handed out to whoever signs with the wallet of this account, and to no one else who asks.</p>
      <Inbox />
      <Asked />
      <Never host={host} />
    </>
  )
}

const Inbox = () => (
  <p class="row">
    <a class="main" href="./index.html">
      Open the inbox
    </a>
  </p>
)

/** The same words that signing in shows before it asks. */
function Asked() {
  return (
    <section aria-labelledby="asked">
      <h2 id="asked">What reading it takes</h2>
      <p>Texts that your wallet signs in the inbox. They cost nothing and move nothing, and each is explained first.</p>
      <dl class="terms">
        <dt>XMTP : Create Identity</dt>
        <dd>makes a messaging key yours. Asked the first time only.</dd>
        <dt>XMTP : Enable Identity</dt>
        <dd>encrypts the backup of that key, and opens it again on any device.</dd>
        <dt>Release</dt>
        <dd>has the keys of letters that wait handed out to you. Asked only where some wait.</dd>
      </dl>
    </section>
  )
}

function Never({ host }: { readonly host: string }) {
  return (
    <section aria-labelledby="never">
      <h2 id="never">What is never asked</h2>
      <div class="notice">
        <ul>
          <li>the recovery phrase, the private key or the password of your wallet;</li>
          <li>a transaction, an approval or a payment of any kind, to read what was written to you;</li>
          <li>any signature but those above, nor one on this page.</li>
        </ul>
        <p>
          A page that asks for one of these is false: close it. Whoever copied the link could have put another page into
          it. This one is at <b>{host}</b>. If you do not know it, open an inbox that you do know: nothing of a letter
          is in a link.
        </p>
      </div>
    </section>
  )
}
