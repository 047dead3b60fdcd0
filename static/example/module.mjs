// The same client as example.js, as a module. The group can be given in the
// address: module.html?group=NAME.

import {ServerConnection} from '/protocol.mjs';

/**
 * @param {string} id
 * @returns {any}
 */
function byId(id) {
    const element = document.getElementById(id);
    if (!element)
        throw new Error(`no element ${id}`);
    return element;
}

/** @type {ServerConnection | null} */
let connection = null;

/** @param {string} text */
function showStatus(text) {
    byId('status').textContent = text;
}

/** Enables the buttons that make sense now. */
function showButtons() {
    const joined = connection !== null && connection.group !== null;
    byId('connect').disabled = connection !== null;
    byId('disconnect').disabled = connection === null;
    byId('send').disabled = !joined;
    byId('present').disabled = !joined || !connection?.permissions.includes('present');
    byId('unpresent').disabled = !joined;
}

// Connecting

/** @param {Event} event */
async function start(event) {
    event.preventDefault();
    if (connection)
        return;

    const name = byId('group').value.split('/').map(encodeURIComponent).join('/');
    const response = await fetch(`/group/${name}/.status`);
    if (!response.ok) {
        showStatus(response.status === 404 ? 'There is no such group.' : 'The server is in trouble.');
        return;
    }
    /** @type {GroupStatus} */
    const status = await response.json();
    if (status.redirect || !status.endpoint) {
        location.href = status.redirect || status.location || '/';
        return;
    }

    const sc = new ServerConnection();
    connection = sc;
    sc.onconnected = function() {
        this.join(status.name || '', byId('username').value,
            {type: 'password', password: byId('password').value});
    };
    sc.onclose = function(code, reason) {
        connection = null;
        showStatus(`Disconnected: ${reason || code}`);
        showButtons();
    };
    sc.onerror = error => console.error(error);
    sc.onjoined = gotJoined;
    sc.onuser = gotUser;
    sc.onchat = gotChat;
    sc.onclearchat = () => byId('chat').replaceChildren();
    sc.onusermessage = gotUserMessage;
    sc.ondownstream = gotDownStream;
    showStatus('Connecting…');
    showButtons();
    sc.connect(status.endpoint);
}

/** @type {NonNullable<ServerConnection['onjoined']>} */
function gotJoined(kind, group, permissions, status, data, error, message) {
    switch (kind) {
    case 'join':
        this.request({'': ['audio', 'video']});
        showStatus(`Connected to ${status.displayName || group} as ${this.username}`);
        break;
    case 'fail':
        this.close();
        showStatus(`Not admitted: ${message}`);
        break;
    case 'redirect':
        this.close();
        location.href = message || '/';
        break;
    case 'leave':
        showStatus('You have left.');
        break;
    }
    showButtons();
}

// Users

/** @type {NonNullable<ServerConnection['onuser']>} */
function gotUser() {
    byId('users').replaceChildren(...Object.values(this.users).map(user => {
        const item = document.createElement('li');
        item.textContent = user.username || '(anonymous)';
        return item;
    }));
}

// Streams

/** @param {Stream} stream */
function gotDownStream(stream) {
    const video = document.createElement('video');
    video.autoplay = true;
    video.playsInline = true;
    video.controls = true;
    video.title = stream.username || '';
    byId('videos').append(video);
    stream.ondowntrack = (track, transceiver, mediaStream) => {
        video.srcObject = mediaStream;
    };
    stream.onclose = () => video.remove();
}

async function present() {
    const sc = connection;
    if (!sc || sc.findByLocalId('camera'))
        return;
    const media = await navigator.mediaDevices.getUserMedia({audio: true, video: {width: 640}});
    const stream = sc.newUpStream('camera');
    stream.label = 'camera';
    stream.onclose = () => media.getTracks().forEach(track => track.stop());
    stream.onerror = error => showStatus(`Cannot send: ${error.message}`);
    stream.addTracks(media);
}

function unpresent() {
    connection?.findByLocalId('camera')?.close();
}

// Chat

/** @type {NonNullable<ServerConnection['onchat']>} */
function gotChat(id, source, dest, username, time, privileged, history, kind, message) {
    if (kind !== '' && kind !== 'me')
        return;
    const line = document.createElement('p');
    const when = time ? time.toLocaleTimeString() + ' ' : '';
    const who = username || '(anonymous)';
    line.textContent = when + (kind === 'me' ? `* ${who} ${message}` : `${who}${dest ? ' (private)' : ''}: ${message}`);
    byId('chat').append(line);
    line.scrollIntoView({block: 'nearest'});
}

/** @type {NonNullable<ServerConnection['onusermessage']>} */
function gotUserMessage(id, dest, username, time, privileged, kind, error, message) {
    if (!privileged)
        return;
    if (kind === 'error' || kind === 'warning' || kind === 'info' || kind === 'kicked')
        showStatus(String(message));
}

/** @param {Event} event */
function sendChat(event) {
    event.preventDefault();
    const input = byId('message');
    if (!connection || !input.value)
        return;
    connection.chat('', '', input.value);
    input.value = '';
}

byId('group').value = new URL(location.href).searchParams.get('group') || '';
byId('login').onsubmit = start;
byId('disconnect').onclick = () => connection?.close();
byId('present').onclick = () => present().catch(error => showStatus(error.message));
byId('unpresent').onclick = unpresent;
byId('chatform').onsubmit = sendChat;
